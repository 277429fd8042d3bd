// What one iteration of a regression sums: at a site over its rows, at the coordinator over the sites.
//
// With z a row's mapped columns (1 first, where there is an intercept), b the coefficients, eta = z'b, mu the mean and
// W the weight of the row:
//   score        U = sum of z (y - mu)            logistic, linear, Poisson: canonical links, so that observed and
//   information  I = sum of W z z'                expected information are the same, and Newton is Fisher scoring
// (McCullagh and Nelder, Generalized Linear Models, 2nd ed., section 2.5), for Cox score and information of the partial
// likelihood over the site's own risk sets (Efron, JASA 1977; Breslow, Biometrics 1974). The sums over sites are those
// of all rows in one place; of the model stratified by site, for Cox.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/newton/regression.h"
#include "aggregation/ring/ring_sums.h"
#include "aggregation/ring/vector_schema.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

struct RegressionRows;
using RegressionPieceTaker = std::function<absl::Status(const RegressionRows& piece)>;

// One site's complete training rows, as read, in double: a float's rounding would show in the sixth digit.
struct RegressionRows {
  std::vector<double> inputs;     // row-major, in the schema's units
  std::vector<double> targets;    // class (0 or 1), number, count, or time
  std::vector<uint8_t> events;    // Cox: did the event end the time?
  std::vector<double> exposures;  // Poisson with exposure
  uint64_t incomplete = 0;        // rows left out because a value is missing
  // Instead of those above: rows that whoever holds them hands out in pieces, in order, as often as they are wanted.
  // Not of Cox. Fails as the taker does, or as the reading does.
  uint64_t num_elsewhere = 0;
  std::function<absl::Status(const RegressionPieceTaker& take)> read_elsewhere = nullptr;

  size_t size() const { return targets.size() + num_elsewhere; }
};

struct NewtonSums {
  uint64_t rows = 0;
  uint64_t events = 0;  // logistic: rows of the second class; Cox: events
  uint64_t incomplete = 0;
  uint64_t outside = 0;             // sites whose sums left their bounds: everything below is of the others
  double objective = 0;             // log-likelihood less that of the saturated model (linear: -RSS/2); Cox: partial
  double saturated = 0;             // log-likelihood of the saturated model (Poisson)
  std::vector<double> score;        // p
  std::vector<double> information;  // upper triangle by rows, p (p + 1) / 2
};

using NewtonProgress = std::function<void(uint64_t done, uint64_t total)>;

// One site's sums at `coefficients`. `from_targets`: the first round of a regression that StartsFromTargets: score and
// information of the working response at mu near y, from which the Newton step leads from 0 to R's first coefficients;
// the objective is then 0 and means nothing. Rows that come in pieces give the same bits. INVALID_ARGUMENT when sizes
// do not belong together; the reading's errors.
absl::StatusOr<NewtonSums> SumRows(const Regression& regression, const RegressionRows& rows,
                                   absl::Span<const double> coefficients, bool from_targets,
                                   const NewtonProgress& progress);

// ---- as a vector ----
// The blocks of STEP_NEWTON (step_schema.h).
std::vector<VectorBlock> NewtonBlocks(const Regression& regression);

struct BlockValues {
  std::string block;
  std::vector<double> values;
};
// A site's sums as the values of the blocks, in their order. Sums beyond a bound, or that are no numbers, become zeros
// with `outside` 1: a clipped sum would be a wrong one.
std::vector<BlockValues> ValuesOf(const Regression& regression, NewtonSums sums);

// The total. INVALID_ARGUMENT when schema and sums are not of this regression's step.
absl::StatusOr<NewtonSums> ReadNewtonSums(const Regression& regression, const VectorSchema& schema, RingSums sums);

}  // namespace accord
