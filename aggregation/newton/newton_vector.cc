// Sums of an iteration as blocks of a vector, and back.
#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/newton/newton_sums.h"
#include "aggregation/programs/step_schema.h"
#include "aggregation/ring/codec.h"
#include "base/status.h"

namespace accord {
namespace {

// Largest sums of one site, each divided by max_rows.
struct Bounds {
  double fit = 1;
  double score = 1;
  double information = 1;
};

// At the solution of a canonical link the means of all rows add up to their targets, but one site's may add up to more:
// so much of it fits. What does not is answered by a shorter step.
constexpr double kHeadroom = 16;
constexpr double kLargestLogLikelihood = 1024;  // of a row, on the logarithm's scale

Bounds BoundsOf(const Regression& regression) {
  switch (regression.family) {
    case RegressionFamily::kLogistic:
      return {.fit = kLargestLogLikelihood, .score = 1, .information = 1};
    case RegressionFamily::kLinear:
      return {.fit = kHeadroom, .score = kHeadroom, .information = 1};
    case RegressionFamily::kPoisson: {
      // A working response is at most mu (log mu + log exposure) + |y - mu|.
      const double logarithms = 1 + std::log1p(regression.largest_count) + regression.log_exposure;
      const double counts = kHeadroom * (regression.largest_count + 1);
      return {.fit = counts * (kHeadroom + logarithms), .score = counts * logarithms, .information = counts};
    }
    case RegressionFamily::kCox:
      break;
  }
  // An event adds a difference of mapped columns to the score and their covariance to the information.
  return {.fit = kLargestLogLikelihood, .score = 2, .information = 1};
}

bool CountsEvents(const Regression& regression) {
  return regression.family == RegressionFamily::kLogistic || regression.family == RegressionFamily::kCox;
}

bool Within(absl::Span<const double> values, double bound) {
  return std::all_of(values.begin(), values.end(), [bound](double value) { return std::fabs(value) <= bound; });
}

uint64_t AtLeast0(double count) { return count > 0 ? static_cast<uint64_t>(count) : 0; }

}  // namespace

std::vector<VectorBlock> NewtonBlocks(const Regression& regression) {
  using Kind = VectorBlock::Kind;
  const Bounds bounds = BoundsOf(regression);
  std::vector<VectorBlock> blocks = {{kRowsBlock, Kind::kCount, 1, regression.max_rows}};
  if (CountsEvents(regression)) blocks.push_back({kEventsBlock, Kind::kCount, 1, regression.max_rows});
  blocks.push_back({kIncompleteBlock, Kind::kCount, 1, regression.max_rows});
  blocks.push_back({kOutsideBlock, Kind::kCount, 1, 1});
  blocks.push_back({kFitBlock, Kind::kReal, 2, bounds.fit});
  blocks.push_back({kScoreBlock, Kind::kReal, regression.size(), bounds.score});
  blocks.push_back({kInformationBlock, Kind::kReal, regression.num_information(), bounds.information});
  return blocks;
}

std::vector<BlockValues> ValuesOf(const Regression& regression, NewtonSums sums) {
  const Bounds bounds = BoundsOf(regression);
  std::vector<double> fit = {sums.objective, sums.saturated};
  for (std::vector<double>* values : {&fit, &sums.score, &sums.information}) {
    for (double& value : *values) value /= regression.max_rows;
  }
  const bool inside =
      Within(fit, bounds.fit) && Within(sums.score, bounds.score) && Within(sums.information, bounds.information);
  if (!inside) {
    for (std::vector<double>* values : {&fit, &sums.score, &sums.information}) {
      std::fill(values->begin(), values->end(), 0);
    }
  }
  std::vector<BlockValues> values = {{kRowsBlock, {static_cast<double>(sums.rows)}}};
  if (CountsEvents(regression)) values.push_back({kEventsBlock, {static_cast<double>(sums.events)}});
  values.push_back({kIncompleteBlock, {std::min(static_cast<double>(sums.incomplete), regression.max_rows)}});
  values.push_back({kOutsideBlock, {inside ? 0.0 : 1.0}});
  values.push_back({kFitBlock, std::move(fit)});
  values.push_back({kScoreBlock, std::move(sums.score)});
  values.push_back({kInformationBlock, std::move(sums.information)});
  return values;
}

absl::StatusOr<NewtonSums> ReadNewtonSums(const Regression& regression, const VectorSchema& schema, RingSums sums) {
  if (sums.size() != schema.num_elements() || sums.ring() != schema.ring()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a sum of ", sums.size(), " elements for a step of ", schema.num_elements()));
  }
  const auto read = [&](const char* name, size_t size) -> absl::StatusOr<std::vector<double>> {
    const VectorSchema::PlacedBlock* placed = schema.Find(name);
    if (placed == nullptr || placed->block.num_elements != size) {
      return absl::InvalidArgumentError(
          absl::StrCat("the vector has no block '", name, "' of ", size, " elements, as an iteration of newton has"));
    }
    std::vector<double> values(size);
    ACCORD_RETURN_IF_ERROR(Decode(*placed, sums.subspan(placed->offset, size), absl::MakeSpan(values)));
    if (placed->block.kind == VectorBlock::Kind::kReal) {
      for (double& value : values) value *= regression.max_rows;
    }
    return values;
  };
  const auto count = [&](const char* name) -> absl::StatusOr<uint64_t> {
    ACCORD_ASSIGN_OR_RETURN(const std::vector<double> value, read(name, 1));
    return AtLeast0(value[0]);
  };
  NewtonSums total;
  ACCORD_ASSIGN_OR_RETURN(total.rows, count(kRowsBlock));
  if (CountsEvents(regression)) {
    ACCORD_ASSIGN_OR_RETURN(total.events, count(kEventsBlock));
  }
  ACCORD_ASSIGN_OR_RETURN(total.incomplete, count(kIncompleteBlock));
  ACCORD_ASSIGN_OR_RETURN(total.outside, count(kOutsideBlock));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<double> fit, read(kFitBlock, 2));
  total.objective = fit[0];
  total.saturated = fit[1];
  ACCORD_ASSIGN_OR_RETURN(total.score, read(kScoreBlock, regression.size()));
  ACCORD_ASSIGN_OR_RETURN(total.information, read(kInformationBlock, regression.num_information()));
  return total;
}

}  // namespace accord
