// Local training and evaluation of one model on one site's rows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregation/evaluation/evaluation_sums.h"
#include "models/examples.h"
#include "models/model.h"

namespace accord {

// Replaces missing values by the mean and standardises: x -> (x - mean) / spread, 0 where spread is 0 (or x is NaN).
// Tables only; without statistics (`statistics` empty) only NaN -> 0. In double, rounded once to float.
void StandardiseInPlace(const v1::ColumnStatistics& statistics, Examples& examples);
// A site's own mean and sample standard deviation (n - 1) of each column over the present values.
v1::ColumnStatistics OwnStatistics(const Examples& examples);

// Sets this process up for computing: threads of OpenBLAS, OpenMP and ATen alike (0: one), deterministic algorithms,
// numbers too small for a normal float become 0, up to 256 MiB of freed memory kept for the next step. Call before the
// first tensor operation with more than one thread (after WarmUp and fork is early enough). INVALID_ARGUMENT above 256
// threads.
absl::Status SetComputeThreads(uint32_t threads);

struct LocalTraining {
  std::string site;    // names the random streams (with the job's seed and the round)
  uint32_t round = 0;  // training round, from 1
  std::function<void(uint64_t done, uint64_t total)> progress;  // after every step; may be empty
};

// Trains `model` in place as `spec.training` says. Batches: rows in a fresh order each epoch, drawn from (seed, site,
// round, "batch-order"); the last batch of an epoch may be smaller; local_steps continues over epochs. The optimiser
// starts anew each round; with FedProx the distance from the model that the round began with is part of the loss. Log
// loss (cross entropy) for classes, mean squared error for regression. INVALID_ARGUMENT for no rows. The same inputs
// give the same bits for the same number of threads.
absl::Status TrainLocally(const v1::JobSpec& spec, const LocalTraining& local, const Examples& train, Model& model);

// In evaluation mode, without gradients, in batches of bounded memory. Uses the first `max_rows` rows.
absl::StatusOr<EvaluationSums> Evaluate(const v1::JobSpec& spec, const Examples& rows, uint64_t max_rows, Model& model);

}  // namespace accord
