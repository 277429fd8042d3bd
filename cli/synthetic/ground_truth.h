// A made-up truth from which synthetic hospitals draw their patients: how features are spread, how they are linked to
// the target, and how each hospital differs. Made from a job's schema alone; it knows nothing of any real data.
//
// Numeric features are normal around a point inside their bounds, with a common factor ("illness") that links them;
// categories have uneven shares. The target follows a linear (classes: logistic) model of the standardised features.
// A site shifts the features' means, the categories' shares and the target's base rate by `skew`.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random_stream.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// A standard normal number (Box and Muller 1958), from two uniform ones.
double NextNormal(RandomStream& stream);

// What a site's patients have in common.
struct SiteShift {
  std::vector<double> feature;                 // of a numeric feature's mean, in standard deviations
  std::vector<std::vector<double>> log_share;  // of a category's levels
  std::vector<double> target;         // of each class's log-odds; regression: one entry, in standard deviations
  std::vector<double> missing_share;  // of each feature's values
};

// One patient: a value for each feature (categories: the level's index; NaN: not measured), then the target.
struct SyntheticRow {
  std::vector<double> features;
  double target = 0;
};

// Immutable after Draw.
class GroundTruth {
 public:
  // The same schema and seed give the same truth. `schema` must be valid and a table's; it is copied.
  static GroundTruth Draw(const v1::DataSchema& schema, uint64_t seed);
  // How site `site` (from 0) differs; nothing differs at skew 0 but which column is missing more often.
  SiteShift DrawShift(uint32_t site, double skew) const;
  SyntheticRow DrawRow(const SiteShift& shift, RandomStream& stream) const;

 private:
  struct FeatureTruth {
    double mean = 0, spread = 1;    // numeric
    double loading = 0;             // on the common factor
    std::vector<double> log_share;  // category
    // For each output of the target's model: of the standardised number, or of each level.
    std::vector<std::vector<double>> effects;
  };

  double DrawValue(size_t feature, const SiteShift& shift, double factor, RandomStream& stream) const;
  double DrawTarget(const std::vector<double>& scores, RandomStream& stream) const;

  v1::DataSchema schema_;
  uint64_t seed_ = 0;
  size_t num_outputs_ = 1;
  std::vector<FeatureTruth> features_;
};

// Decimals with which a number of this range is written: as a measuring device would give it.
int DecimalsOf(const v1::Numeric& numeric);

}  // namespace accord
