// One change of the model out of the sites' changes, by the rule that a job names (job.proto, Combiner).
//
// Adversary: sites that send any finite numbers and claim any number of rows; up to f of them, or with fewer than half
// of all rows, as the rule says. What a rule promises holds for their changes alone: the other entries of a vector are
// summed. Pure: nothing but the changes is read, in passes, and of those never more than ChangeReader holds. The result
// depends on the changes, the rows and the order of the names, and on nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/robust/site_changes.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Movable, not copyable. Not thread-safe.
class RobustCombination {
 public:
  // Looks at all changes as often as the rule must before it can combine any: trimmed mean and median never, Krum,
  // multi-Krum, Bulyan and norm bound once, geometric median once for each iteration. `changes` outlives the
  // combination. FAILED_PRECONDITION: the rule needs more sites. Errors of `changes`.
  static absl::StatusOr<RobustCombination> Create(const v1::Combiner& rule, const SiteChanges& changes);

  // The sum of the changes with these weights, one for each site. INVALID_ARGUMENT: not as many.
  static absl::StatusOr<RobustCombination> OfWeights(const SiteChanges& changes, std::vector<double> weights,
                                                     std::string in_words);

  // Elements [first, first + out.size()) of the combined change.
  absl::Status Combine(uint64_t first, absl::Span<double> out);

  // What became of the sites, for people: "Krum: the change of b alone, of 7 sites".
  const std::string& in_words() const { return in_words_; }

 private:
  enum class PerParameter { kWeightedMean, kMedian, kTrimmedMean, kMeanAroundMedian };
  explicit RobustCombination(const SiteChanges& changes)
      : changes_(&changes), reader_(std::make_unique<ChangeReader>(changes)) {}
  absl::Status Prepare(const v1::Combiner& rule);
  absl::Status ChooseByKrum(size_t hostile_sites, size_t count);
  absl::Status BoundNorms(double max_norm);
  void CombineTile(const ChangeTile& tile, absl::Span<double> out) const;
  std::string NamesOf(const std::vector<size_t>& sites) const;
  std::vector<size_t> Without(const std::vector<size_t>& sites) const;

  const SiteChanges* changes_;
  std::unique_ptr<ChangeReader> reader_;
  PerParameter per_parameter_ = PerParameter::kWeightedMean;
  std::vector<double> weights_;  // of a weighted mean
  size_t trimmed_ = 0;           // of a trimmed mean
  size_t kept_ = 0;              // of a mean around the median
  std::vector<size_t> chosen_;   // Bulyan: the sites whose numbers count, ascending
  std::string in_words_;
};

}  // namespace accord
