// Local training and evaluation of one model on one site's rows.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/evaluation/evaluation_sums.h"
#include "aggregation/programs/local_layers.h"
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

// SCAFFOLD's correction of each step, g - c_i + c (Karimireddy et al. 2020, algorithm 1, line 10), and what replaces
// the site's c_i afterwards. Numbers are those of the trainable parameters, which come first; further ones are left
// alone.
struct ControlVariates {
  absl::Span<const float> common;  // c; empty: zero
  absl::Span<const float> own;     // c_i; empty: zero
  // Option II of line 12, c_i - c + (x - y_i) / (K rate), which is the mean of the gradients along the way: taken from
  // these, so that no digits are lost in the difference of two models.
  std::vector<float>* mean_gradient = nullptr;
};

struct LocalTraining {
  std::string site;    // names the random streams (with the job's seed and the round)
  uint32_t round = 0;  // training round, from 1
  std::function<void(uint64_t done, uint64_t total)> progress = {};  // after every step; may be empty
  std::string stream = {};                    // names the random streams of another training of the same round
  uint32_t epochs = 0;                        // instead of what the job says; 0: as it says
  const ControlVariates* controls = nullptr;  // SCAFFOLD
  std::vector<ElementRange> held = {};        // trainable elements that stay as they are
  bool proximal = true;                       // FedProx: as the job says; false: no distance is part of the loss
  double pull = 0;                            // Ditto: lambda of lambda/2 |w - pull_to|^2 in the loss
  absl::Span<const float> pull_to = {};       // all of the model's elements, where pull is not 0
};

// Trains `model` in place as `spec.training` says. Batches: rows in a fresh order each epoch, drawn from (seed, site,
// round, "batch-order"); the last batch of an epoch may be smaller; local_steps continues over epochs. The optimiser
// starts anew each round; with FedProx the distance from the model that the round began with is part of the loss.
// Frozen parameters and running statistics are no trainable elements. Log loss (cross entropy) for classes, mean
// squared error for regression. INVALID_ARGUMENT for no rows. The same inputs give the same bits for the same number of
// threads.
absl::Status TrainLocally(const v1::JobSpec& spec, const LocalTraining& local, const Examples& train, Model& model);

// In evaluation mode, without gradients, in batches of bounded memory. Uses the first `max_rows` rows.
absl::StatusOr<EvaluationSums> Evaluate(const v1::JobSpec& spec, const Examples& rows, uint64_t max_rows, Model& model);

}  // namespace accord
