#include "aggregation/robust/robust_combination.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "aggregation/robust/distances.h"
#include "aggregation/robust/krum.h"
#include "aggregation/robust/sorted_columns.h"
#include "aggregation/robust/weighted_mean.h"
#include "base/status.h"
#include "proto/validation/combiner_limits.h"

namespace accord {
namespace {

constexpr size_t kMostNames = 20;  // that a report tells of one round

std::vector<double> EqualWeights(const std::vector<size_t>& chosen, size_t num_sites) {
  std::vector<double> weights(num_sites);
  for (const size_t site : chosen) weights[site] = 1.0 / static_cast<double>(chosen.size());
  return weights;
}

// Rows moved together, so that the chosen ones are the first.
ChangeTile Gathered(const ChangeTile& tile, const std::vector<size_t>& chosen) {
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (chosen[i] != i) std::copy_n(tile.row(chosen[i]), tile.num_columns, tile.row(i));
  }
  ChangeTile gathered = tile;
  gathered.num_rows = chosen.size();
  return gathered;
}

}  // namespace

absl::StatusOr<RobustCombination> RobustCombination::Create(const v1::Combiner& rule, const SiteChanges& changes) {
  const size_t num_sites = changes.sites().size();
  if (rule.kind_case() == v1::Combiner::KIND_NOT_SET) {
    return absl::InvalidArgumentError("the job's aggregation.combiner names no rule; write for example 'median: {}'");
  }
  if (const uint32_t least = LeastCombinedSites(rule); num_sites < least) {
    return absl::FailedPreconditionError(
        absl::StrCat("only ", num_sites, num_sites == 1 ? " site" : " sites",
                     " trained, and the job's combiner cannot tell hostile ones among fewer than ", least));
  }
  RobustCombination combination(changes);
  ACCORD_RETURN_IF_ERROR(combination.Prepare(rule));
  return combination;
}

absl::StatusOr<RobustCombination> RobustCombination::OfWeights(const SiteChanges& changes, std::vector<double> weights,
                                                               std::string in_words) {
  if (weights.size() != changes.sites().size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(weights.size(), " weights for the changes of ", changes.sites().size(), " sites"));
  }
  RobustCombination combination(changes);
  combination.weights_ = std::move(weights);
  combination.in_words_ = std::move(in_words);
  return combination;
}

absl::Status RobustCombination::Prepare(const v1::Combiner& rule) {
  const size_t num_sites = changes_->sites().size();
  const size_t f = HostileSitesOf(rule);
  switch (rule.kind_case()) {
    case v1::Combiner::kMedian:
      per_parameter_ = PerParameter::kMedian;
      in_words_ = absl::StrCat("coordinate median of ", num_sites, " sites' changes");
      return absl::OkStatus();
    case v1::Combiner::kTrimmedMean:
      per_parameter_ = PerParameter::kTrimmedMean;
      trimmed_ = f;
      in_words_ = absl::StrCat("trimmed mean of ", num_sites, " sites' changes, without the ", f, " largest and ", f,
                               " smallest of each parameter");
      return absl::OkStatus();
    case v1::Combiner::kKrum:
      return ChooseByKrum(f, 1);
    case v1::Combiner::kMultiKrum: {
      const size_t kept = rule.multi_krum().kept_sites();
      return ChooseByKrum(f, kept == 0 ? num_sites - f - 2 : kept);
    }
    case v1::Combiner::kBulyan: {
      per_parameter_ = PerParameter::kMeanAroundMedian;
      ACCORD_ASSIGN_OR_RETURN(const DistanceMatrix distances, DistancesOf(*changes_));
      chosen_ = BulyanChoice(distances, f);
      kept_ = num_sites - 4 * f;
      in_words_ =
          absl::StrCat("Bulyan: of ", num_sites, " sites not ", NamesOf(Without(chosen_)), "; of each parameter the ",
                       kept_, " of ", chosen_.size(), " changes that are nearest to their median");
      return absl::OkStatus();
    }
    case v1::Combiner::kGeometricMedian: {
      ACCORD_ASSIGN_OR_RETURN(GeometricMedianWeights found,
                              FindGeometricMedian(*changes_, rule.geometric_median().iterations()));
      weights_ = std::move(found.weights);
      const auto least = std::min_element(weights_.begin(), weights_.end());
      in_words_ =
          absl::StrFormat("geometric median of %d sites' changes after %d iterations%s; least counts that of %s, %.2g",
                          num_sites, found.iterations, found.settled ? "" : ", not settled",
                          changes_->sites()[static_cast<size_t>(least - weights_.begin())].name, *least);
      return absl::OkStatus();
    }
    case v1::Combiner::kNormBound:
      return BoundNorms(rule.norm_bound().max_norm());
    case v1::Combiner::KIND_NOT_SET:
      break;
  }
  return absl::InternalError("the combiner's rule has no arithmetic");
}

absl::Status RobustCombination::ChooseByKrum(size_t hostile_sites, size_t count) {
  const size_t num_sites = changes_->sites().size();
  ACCORD_ASSIGN_OR_RETURN(const DistanceMatrix distances, DistancesOf(*changes_));
  const std::vector<size_t> chosen = KrumChoice(distances, hostile_sites, count);
  weights_ = EqualWeights(chosen, num_sites);
  in_words_ = count == 1 ? absl::StrCat("Krum: the change of ", NamesOf(chosen), " alone, of ", num_sites, " sites")
                         : absl::StrCat("multi-Krum: the mean of the changes of ", count, " of ", num_sites,
                                        " sites, not of ", NamesOf(Without(chosen)));
  return absl::OkStatus();
}

absl::Status RobustCombination::BoundNorms(double max_norm) {
  ACCORD_ASSIGN_OR_RETURN(std::vector<double> norms, NormsOf(*changes_));
  double total_rows = 0;
  for (const SiteChanges::Site& site : changes_->sites()) total_rows += static_cast<double>(site.rows);
  size_t shortened = 0;
  for (size_t site = 0; site < norms.size(); ++site) {
    const bool longer = norms[site] > max_norm;
    shortened += longer ? 1 : 0;
    weights_.push_back(static_cast<double>(changes_->sites()[site].rows) / total_rows *
                       (longer ? max_norm / norms[site] : 1));
  }
  std::sort(norms.begin(), norms.end());
  const double median = (norms[(norms.size() - 1) / 2] + norms[norms.size() / 2]) / 2;
  in_words_ =
      absl::StrFormat("norm bound %g: %d of %d sites' changes were shortened; norms from %.3g to %.3g, median %.3g",
                      max_norm, shortened, norms.size(), norms.front(), norms.back(), median);
  return absl::OkStatus();
}

absl::Status RobustCombination::Combine(uint64_t first, absl::Span<double> out) {
  return reader_->ForEachTile(first, out.size(), [&](uint64_t at, const ChangeTile& tile) {
    CombineTile(tile, out.subspan(at - first, tile.num_columns));
  });
}

void RobustCombination::CombineTile(const ChangeTile& tile, absl::Span<double> out) const {
  if (per_parameter_ == PerParameter::kWeightedMean) return WeightedMean(tile, weights_, out);
  const ChangeTile rows = per_parameter_ == PerParameter::kMeanAroundMedian ? Gathered(tile, chosen_) : tile;
  SortColumns(rows);
  switch (per_parameter_) {
    case PerParameter::kMedian:
      return MedianOfSorted(rows, out);
    case PerParameter::kTrimmedMean:
      return TrimmedMeanOfSorted(rows, trimmed_, out);
    default:
      return MeanAroundMedianOfSorted(rows, kept_, out);
  }
}

std::string RobustCombination::NamesOf(const std::vector<size_t>& sites) const {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(sites.size(), kMostNames); ++i) names.push_back(changes_->sites()[sites[i]].name);
  const std::string more = sites.size() > kMostNames ? absl::StrCat(" and ", sites.size() - kMostNames, " more") : "";
  return absl::StrCat(absl::StrJoin(names, ", "), more);
}

std::vector<size_t> RobustCombination::Without(const std::vector<size_t>& sites) const {
  std::vector<size_t> others;
  for (size_t site = 0; site < changes_->sites().size(); ++site) {
    if (std::find(sites.begin(), sites.end(), site) == sites.end()) others.push_back(site);
  }
  return others;
}

}  // namespace accord
