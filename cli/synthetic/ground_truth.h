// A made-up truth from which synthetic hospitals draw their patients: how features are spread, how they are linked to
// the target, and how each hospital differs. Made from a job's schema, and where there are any from published
// statistics; it knows nothing else of any real data.
//
// Numeric features are normal around a point inside their bounds, with a common factor ("illness") that links them;
// categories have uneven shares. The target follows a linear (classes: logistic; counts: Poisson; times: proportional
// hazards) model of the standardised features.
// Where statistics were published, features and a numeric target have their means, spreads and shares.
// A site shifts the features' means, the categories' shares and the target's base rate by its skew, or has published
// statistics of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random_stream.h"
#include "cli/synthetic/skew.h"
#include "cli/synthetic/statistics.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/rehearsal.pb.h"

namespace accord {

// A standard normal number (Box and Muller 1958), from two uniform ones.
double NextNormal(RandomStream& stream);
std::vector<double> DrawNormals(size_t count, double spread, RandomStream& stream);

// What a site's patients have in common.
struct SiteShift {
  std::vector<double> feature;                 // of a numeric feature's mean, in standard deviations
  std::vector<std::vector<double>> log_share;  // of a category's levels
  std::vector<double> target;         // of each class's log-odds; regression: one entry, in standard deviations
  std::vector<double> missing_share;  // of each feature's values
  // Published of this site alone: a numeric feature's distribution and a category's logarithmic shares, in place of the
  // common ones; and the target's distribution.
  std::vector<std::optional<BoundedNormal>> own_normal;
  std::vector<std::vector<double>> own_log_share;
  std::optional<BoundedNormal> own_target;
  // Label skew: that rows of each class shall have (see SiteRows); empty: what the model gives.
  std::vector<double> class_shares;
};

// One patient: a value for each feature (categories: the level's index; NaN: not measured), then the target.
struct SyntheticRow {
  std::vector<double> features;
  double target = 0;    // survival: the time
  double event = 0;     // survival: 1 where the event ended the time, 0 where it was cut off
  double exposure = 1;  // rates: what the count is of
};

// Immutable after Draw.
class GroundTruth {
 public:
  // The same job, seed and statistics give the same truth. The job's data must be a table, and `statistics` fit to it
  // (LoadPublishedStatistics); all that is needed is copied.
  static GroundTruth Draw(const v1::JobSpec& spec, uint64_t seed, const v1::PublishedStatistics& statistics = {});
  // How site `site` (from 0) differs, of which `published` (null: nothing) is known; without skew nothing differs but
  // which column is missing more often.
  SiteShift DrawShift(uint32_t site, const Skew& skew, const v1::PublishedSite* published = nullptr) const;
  SyntheticRow DrawRow(const SiteShift& shift, RandomStream& stream) const;

 private:
  struct FeatureTruth {
    double mean = 0, spread = 1;    // numeric, before values are moved within their bounds
    double loading = 0;             // on the common factor
    std::vector<double> log_share;  // category
    // For each output of the target's model: of the standardised number, or of each level.
    std::vector<std::vector<double>> effects;
  };

  // Rows from which it is told what the model makes of a target.
  static constexpr size_t kPilotRows = 4000;

  double DrawValue(size_t feature, const SiteShift& shift, double factor, RandomStream& stream) const;
  // Draws the features of `row` and adds what they say of the target to `scores`.
  void DrawFeatures(const SiteShift& shift, RandomStream& stream, SyntheticRow& row, std::vector<double>& scores) const;
  void DrawTarget(const std::vector<double>& scores, const SiteShift& shift, RandomStream& stream,
                  SyntheticRow& row) const;
  void DrawSurvival(double score, RandomStream& stream, SyntheticRow& row) const;
  void DrawCount(double score, RandomStream& stream, SyntheticRow& row) const;
  // The target's mean and spread in units of its range, as the scores of rows without shift make them.
  BoundedNormal PilotTarget() const;
  // What the scores of a site's rows need added so that its classes have these shares, while its features stay.
  std::vector<double> OffsetsFor(const std::vector<double>& class_shares, const SiteShift& shift) const;
  void SetClassShares(const Skew& skew, const v1::PublishedSite* published, RandomStream& stream,
                      SiteShift& shift) const;

  v1::DataSchema schema_;
  bool counts_ = false;                   // the target is a number of events, of a Poisson distribution
  std::optional<v1::Exposure> exposure_;  // that the counts are of
  v1::PublishedStatistics statistics_;
  uint64_t seed_ = 0;
  size_t num_outputs_ = 1;
  std::vector<FeatureTruth> features_;
  // A numeric target with published statistics: its distribution, and the model's own (PilotTarget) that is mapped to
  // it.
  std::optional<BoundedNormal> target_;
  BoundedNormal pilot_;
};

// Decimals with which a number of this range is written: as a measuring device would give it.
int DecimalsOf(const v1::Numeric& numeric);

}  // namespace accord
