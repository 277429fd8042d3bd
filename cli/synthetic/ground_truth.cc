#include "cli/synthetic/ground_truth.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace accord {
namespace {

// Standard deviation of the linear predictor: with 2, an ideal classifier of two even classes has an AUC of about .87.
constexpr double kSignal = 2.0;
constexpr double kCommonFactor = 0.4;  // mean loading of a number on the common factor

// Share of the longest time at which half of all have met the event, nothing being cut off.
constexpr double kMedianTime = 0.3;
// Of a score (whose standard deviation is kSignal), in the logarithm of a hazard or rate.
constexpr double kLogHazardOfScore = 0.4;
constexpr double kLogRateOfScore = 0.25;
constexpr double kMostOftenCount = 3;  // at the mean score and exposure, where bounds allow

size_t OutputsOf(const v1::Target& target) {
  if (!target.has_category() || target.category().levels_size() <= 2) return 1;
  return static_cast<size_t>(target.category().levels_size());
}

// Index drawn with probability proportional to exp(log_weights).
size_t DrawIndex(const std::vector<double>& log_weights, RandomStream& stream) {
  const double largest = *std::max_element(log_weights.begin(), log_weights.end());
  double total = 0;
  for (const double weight : log_weights) total += std::exp(weight - largest);
  double left = stream.NextDouble() * total;
  for (size_t i = 0; i + 1 < log_weights.size(); ++i) {
    left -= std::exp(log_weights[i] - largest);
    if (left < 0) return i;
  }
  return log_weights.size() - 1;
}

// Rounded to the decimals that are written and kept within the schema's bounds; never minus zero.
double AsMeasured(double value, const v1::Numeric& numeric) {
  const double unit = std::pow(10, DecimalsOf(numeric));
  return std::clamp(std::round(value * unit) / unit, numeric.min(), numeric.max()) + 0.0;
}

// Where in its range a numeric target lies.
double ShareOfRange(double score, RandomStream& stream) { return 0.45 + 0.06 * score + 0.05 * NextNormal(stream); }

}  // namespace

std::vector<double> DrawNormals(size_t count, double spread, RandomStream& stream) {
  std::vector<double> values(count);
  for (double& value : values) value = spread * NextNormal(stream);
  return values;
}

double NextNormal(RandomStream& stream) {
  // 1 - u is in (0, 1]: the logarithm is finite.
  const double radius = std::sqrt(-2 * std::log(1 - stream.NextDouble()));
  return radius * std::cos(2 * std::numbers::pi * stream.NextDouble());
}

int DecimalsOf(const v1::Numeric& numeric) {
  const double range = numeric.max() - numeric.min();
  return range >= 50 ? 0 : range >= 5 ? 1 : 3;
}

GroundTruth GroundTruth::Draw(const v1::JobSpec& spec, uint64_t seed, const v1::PublishedStatistics& statistics) {
  const v1::DataSchema& schema = spec.data();
  RandomStream stream({.job_seed = seed, .site = "", .round = 0, .use = "synthetic-truth"});
  GroundTruth truth;
  truth.schema_ = schema;
  truth.counts_ = spec.model().has_poisson_regression();
  if (spec.model().poisson_regression().has_exposure()) truth.exposure_ = spec.model().poisson_regression().exposure();
  truth.statistics_ = statistics;
  truth.seed_ = seed;
  truth.num_outputs_ = OutputsOf(schema.target());
  // So that the predictor's spread does not grow with the number of features.
  const double effect = kSignal / std::sqrt(std::max(1, schema.features_size()));
  for (const v1::Feature& feature : schema.features()) {
    const v1::ColumnSummary* published = FindColumn(statistics.columns(), feature.name());
    FeatureTruth entry;
    size_t num_effects = 1;
    if (feature.has_numeric()) {
      const double range = feature.numeric().max() - feature.numeric().min();
      entry.mean = feature.numeric().min() + range * (0.35 + 0.2 * stream.NextDouble());
      entry.spread = range * (0.08 + 0.05 * stream.NextDouble());
      entry.loading = std::clamp(kCommonFactor + 0.2 * NextNormal(stream), 0.0, 0.8);
      if (published != nullptr && published->has_mean()) {
        const BoundedNormal normal = FitColumn(*published, feature.numeric());
        entry.mean = normal.mean;
        entry.spread = normal.spread;
      }
    } else {
      num_effects = static_cast<size_t>(feature.category().levels_size());
      entry.log_share = DrawNormals(num_effects, 0.6, stream);
      if (published != nullptr && !published->levels().empty()) {
        entry.log_share = LevelLogShares(published->levels(), feature.category());
      }
    }
    for (size_t output = 0; output < truth.num_outputs_; ++output) {
      entry.effects.push_back(DrawNormals(num_effects, effect, stream));
    }
    truth.features_.push_back(std::move(entry));
  }
  if (!schema.target().has_numeric() || truth.counts_) return truth;
  truth.pilot_ = truth.PilotTarget();
  const v1::ColumnSummary* published = FindColumn(statistics.columns(), schema.target().name());
  if (published != nullptr && published->has_mean()) truth.target_ = FitColumn(*published, schema.target().numeric());
  return truth;
}

BoundedNormal GroundTruth::PilotTarget() const {
  RandomStream stream({.job_seed = seed_, .site = "", .round = 0, .use = "synthetic-pilot"});
  const SiteShift none = DrawShift(0, Skew::Overall(0));
  double sum = 0, squares = 0;
  for (size_t i = 0; i < kPilotRows; ++i) {
    SyntheticRow row;
    std::vector<double> scores = none.target;
    DrawFeatures(none, stream, row, scores);
    const double share = ShareOfRange(scores[0], stream);
    sum += share;
    squares += share * share;
  }
  const double mean = sum / kPilotRows;
  return {.mean = mean, .spread = std::sqrt(std::max(1e-12, squares / kPilotRows - mean * mean))};
}

double GroundTruth::DrawValue(size_t feature, const SiteShift& shift, double factor, RandomStream& stream) const {
  const FeatureTruth& truth = features_[feature];
  if (!truth.log_share.empty()) {
    if (!shift.own_log_share[feature].empty()) {
      return static_cast<double>(DrawIndex(shift.own_log_share[feature], stream));
    }
    std::vector<double> log_share = truth.log_share;
    for (size_t i = 0; i < log_share.size(); ++i) log_share[i] += shift.log_share[feature][i];
    return static_cast<double>(DrawIndex(log_share, stream));
  }
  const double own = std::sqrt(1 - truth.loading * truth.loading) * NextNormal(stream);
  const double value =
      shift.own_normal[feature]
          ? shift.own_normal[feature]->mean + shift.own_normal[feature]->spread * (truth.loading * factor + own)
          : truth.mean + truth.spread * (shift.feature[feature] + truth.loading * factor + own);
  const v1::Numeric& numeric = schema_.features(static_cast<int>(feature)).numeric();
  return AsMeasured(value, numeric);
}

void GroundTruth::DrawTarget(const std::vector<double>& scores, const SiteShift& shift, RandomStream& stream,
                             SyntheticRow& row) const {
  const v1::Target& target = schema_.target();
  if (target.has_survival()) return DrawSurvival(scores[0], stream, row);
  if (counts_) return DrawCount(scores[0], stream, row);
  if (target.has_category()) {
    row.target = static_cast<double>(DrawIndex(scores.size() > 1 ? scores : std::vector{0.0, scores[0]}, stream));
    return;
  }
  const double range = target.numeric().max() - target.numeric().min();
  const double share = ShareOfRange(scores[0], stream);
  const std::optional<BoundedNormal>& published = shift.own_target ? shift.own_target : target_;
  const double value = published ? published->mean + published->spread * (share - pilot_.mean) / pilot_.spread
                                 : target.numeric().min() + range * share;
  row.target = AsMeasured(value, target.numeric());
}

// Times of an exponential distribution whose hazard is proportional to that of the score, cut off where a visit was the
// last.
void GroundTruth::DrawSurvival(double score, RandomStream& stream, SyntheticRow& row) const {
  v1::Numeric bounds;
  bounds.set_max(schema_.target().survival().max());
  const double hazard = std::numbers::ln2 / (kMedianTime * bounds.max()) * std::exp(kLogHazardOfScore * score);
  const double time = -std::log(1 - stream.NextDouble()) / hazard;
  const double last_visit = bounds.max() * (0.1 + 0.9 * stream.NextDouble());
  row.event = time <= last_visit ? 1 : 0;
  row.target = AsMeasured(std::min(time, last_visit), bounds);
}

void GroundTruth::DrawCount(double score, RandomStream& stream, SyntheticRow& row) const {
  const v1::Numeric& bounds = schema_.target().numeric();
  double relative = 1;  // of the mean exposure
  if (exposure_) {
    const double range = exposure_->max() - exposure_->min();
    row.exposure = exposure_->min() + range * (0.02 + 0.96 * stream.NextDouble());
    relative = row.exposure / (exposure_->min() + range / 2);
  }
  const double usual = std::min(kMostOftenCount, bounds.min() + (bounds.max() - bounds.min()) / 4);
  const double mean = usual * relative * std::exp(kLogRateOfScore * score);
  // Events one after the other until the exposure is over; beyond the bound they are not written anyway.
  double count = 0;
  for (double until = 0; count <= bounds.max(); ++count) {
    until -= std::log(1 - stream.NextDouble());
    if (until > mean) break;
  }
  row.target = std::clamp(count, std::ceil(bounds.min()), std::floor(bounds.max()));
}

void GroundTruth::DrawFeatures(const SiteShift& shift, RandomStream& stream, SyntheticRow& row,
                               std::vector<double>& scores) const {
  const double factor = NextNormal(stream);
  for (size_t i = 0; i < features_.size(); ++i) {
    const double value = DrawValue(i, shift, factor, stream);
    const bool category = !features_[i].log_share.empty();
    for (size_t output = 0; output < num_outputs_; ++output) {
      const std::vector<double>& effects = features_[i].effects[output];
      scores[output] += category ? effects[static_cast<size_t>(value)]
                                 : effects[0] * (value - features_[i].mean) / features_[i].spread;
    }
    row.features.push_back(value);
  }
}

SyntheticRow GroundTruth::DrawRow(const SiteShift& shift, RandomStream& stream) const {
  SyntheticRow row;
  std::vector<double> scores = shift.target;
  DrawFeatures(shift, stream, row, scores);
  DrawTarget(scores, shift, stream, row);
  // Missing at random, after the target is known: a value does not go missing because of what it is.
  for (size_t i = 0; i < features_.size(); ++i) {
    if (stream.NextDouble() < shift.missing_share[i]) row.features[i] = std::numeric_limits<double>::quiet_NaN();
  }
  return row;
}

}  // namespace accord
