// How one site differs from the common truth.
#include <algorithm>
#include <cmath>
#include <utility>

#include "cli/synthetic/ground_truth.h"

namespace accord {
namespace {

constexpr double kMissingShare = 0.02;  // of every column's values
constexpr double kMissingMore = 0.12;   // of the one column that a site measures less often
constexpr int kOffsetSteps = 60;
constexpr double kLeastShare = 1e-4;  // of a class that is published as having none

}  // namespace

std::vector<double> GroundTruth::OffsetsFor(const std::vector<double>& class_shares, const SiteShift& shift) const {
  RandomStream stream({.job_seed = seed_, .site = "", .round = 0, .use = "synthetic-pilot"});
  std::vector<std::vector<double>> pilot;  // scores of each class; of two classes the first one's is 0
  for (size_t i = 0; i < kPilotRows; ++i) {
    SyntheticRow row;
    std::vector<double> scores(num_outputs_);
    DrawFeatures(shift, stream, row, scores);
    if (num_outputs_ == 1) scores.insert(scores.begin(), 0.0);
    pilot.push_back(std::move(scores));
  }
  // Each step brings the classes' mean probabilities to their shares as if all rows were alike; a few make it true.
  std::vector<double> offsets(class_shares.size());
  for (int step = 0; step < kOffsetSteps; ++step) {
    std::vector<double> found(offsets.size(), kLeastShare / kPilotRows);
    for (const std::vector<double>& scores : pilot) {
      std::vector<double> weights;
      double total = 0;
      for (size_t k = 0; k < offsets.size(); ++k) total += weights.emplace_back(std::exp(scores[k] + offsets[k]));
      for (size_t k = 0; k < offsets.size(); ++k) found[k] += weights[k] / total / kPilotRows;
    }
    for (size_t k = 0; k < offsets.size(); ++k) {
      offsets[k] += std::log(std::max(class_shares[k], kLeastShare) / found[k]);
    }
  }
  if (num_outputs_ == 1) return {offsets[1] - offsets[0]};
  return offsets;
}

void GroundTruth::SetClassShares(const Skew& skew, const v1::PublishedSite* published, RandomStream& stream,
                                 SiteShift& shift) const {
  if (!schema_.target().has_category()) return;
  const v1::Category& classes = schema_.target().category();
  if (published != nullptr && !published->classes().empty()) {
    shift.target = OffsetsFor(LevelShares(published->classes(), classes), shift);
    return;
  }
  const auto num_classes = static_cast<size_t>(classes.levels_size());
  const bool known = !statistics_.classes().empty();
  const std::vector<double> common = known ? LevelShares(statistics_.classes(), classes)
                                           : std::vector<double>(num_classes, 1.0 / static_cast<double>(num_classes));
  if (known) {
    const std::vector<double> offsets = OffsetsFor(common, shift);
    for (size_t k = 0; k < offsets.size(); ++k) shift.target[k] += offsets[k];
  }
  if (skew.label_alpha > 0) shift.class_shares = DrawLabelSkew(common, skew.label_alpha, stream);
}

SiteShift GroundTruth::DrawShift(uint32_t site, const Skew& skew, const v1::PublishedSite* published) const {
  RandomStream stream({.job_seed = seed_, .site = "", .round = site, .use = "synthetic-site"});
  SiteShift shift;
  for (const FeatureTruth& feature : features_) {
    shift.feature.push_back(skew.feature * NextNormal(stream));
    shift.log_share.push_back(DrawNormals(feature.log_share.size(), skew.feature, stream));
  }
  shift.target = DrawNormals(num_outputs_, skew.prevalence, stream);
  shift.missing_share.assign(features_.size(), kMissingShare);
  if (!features_.empty()) shift.missing_share[stream.NextBelow(features_.size())] = kMissingMore;
  shift.own_normal.resize(features_.size());
  shift.own_log_share.resize(features_.size());
  for (size_t i = 0; i < features_.size(); ++i) {
    const v1::Feature& feature = schema_.features(static_cast<int>(i));
    const v1::ColumnSummary* common = FindColumn(statistics_.columns(), feature.name());
    const v1::ColumnSummary* own = published == nullptr ? nullptr : FindColumn(published->columns(), feature.name());
    if (common != nullptr && common->has_missing_share()) shift.missing_share[i] = common->missing_share();
    if (own == nullptr) continue;
    if (own->has_missing_share()) shift.missing_share[i] = own->missing_share();
    if (own->has_mean()) shift.own_normal[i] = FitColumn(*own, feature.numeric());
    if (!own->levels().empty()) shift.own_log_share[i] = LevelLogShares(own->levels(), feature.category());
  }
  const v1::ColumnSummary* target =
      published == nullptr ? nullptr : FindColumn(published->columns(), schema_.target().name());
  if (target != nullptr && target->has_mean()) {
    shift.own_target = FitColumn(*target, schema_.target().numeric());
    shift.target.assign(num_outputs_, 0);
  }
  SetClassShares(skew, published, stream, shift);
  return shift;
}

}  // namespace accord
