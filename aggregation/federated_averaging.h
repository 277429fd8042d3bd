// Federated averaging: from the sum of the sites' encoded vectors to the next model, without holding a model.
//
// Each site sent n_i / max_rows * (local_i - global), encoded (step_schema.h). With N = sum of n_i the mean update is
//   decoded sum * max_rows / N = sum of n_i / N * (local_i - global),
// and the server's rule (server_optimizer.h) moves the model along it; for FedAvg: new = old + server_learning_rate *
// mean. With FedNova the sites' changes count by the step, and the mean is multiplied by their mean number of steps
// (Wang et al. 2020, equation 7; local_steps.h). With SCAFFOLD sites count alike: the mean is over those that trained,
// and the federation's control variate moves by the sum of the changes of theirs, divided by the number of all sites of
// the job (Karimireddy et al. 2020, algorithm 1, lines 16 and 17). Source: McMahan et al., "Communication-efficient
// learning of deep networks from decentralized data", 2017, algorithm 1.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/ring/ring_sums.h"
#include "aggregation/ring/vector_schema.h"
#include "aggregation/server_optimizer.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// One round's step. Movable, not copyable. Not thread-safe.
class FederatedAveraging {
 public:
  // `schema`: of the TRAIN step; `sums`: the whole summed vector, read here only. INVALID_ARGUMENT when the two do not
  // belong together; FAILED_PRECONDITION when the sites' training rows add up to none, or to more than they may.
  static absl::StatusOr<FederatedAveraging> Create(const v1::JobSpec& spec, const VectorSchema& schema, RingSums sums);

  // The rule that steps.
  const ServerOptimizer& optimizer() const { return *optimizer_; }
  // The next tile, from the first parameter on: `old_model` and the same elements of the summed `update` block give
  // `new_model`, which may be `old_model`; the rule's state of these parameters is stepped in place.
  // INVALID_ARGUMENT for sizes that do not belong together or reach over the last parameter.
  absl::Status StepTile(absl::Span<const float> old_model, RingSums update_sum, absl::Span<float> state,
                        absl::Span<float> new_model);

  // The same with a mean update that was made of the sites' changes by another rule than their weighted mean
  // (aggregation/robust).
  absl::Status StepTile(absl::Span<const float> old_model, absl::Span<const double> mean_update,
                        absl::Span<float> state, absl::Span<float> new_model);

  // SCAFFOLD alone: the same for a tile of the summed `control` block. Its numbers are not counted in remaining().
  absl::Status StepControl(absl::Span<const float> old_control, RingSums control_sum,
                           absl::Span<float> new_control) const;

  // Parameters that no tile has stepped yet.
  uint64_t remaining() const { return remaining_; }
  // N: the training rows behind the sum.
  uint64_t total_rows() const { return total_rows_; }

 private:
  FederatedAveraging() = default;
  absl::Status CheckTile(size_t size, size_t updates, size_t state, size_t new_model) const;

  std::unique_ptr<ServerOptimizer> optimizer_;
  double factor_ = 0;          // from a summed element to the mean update: max_rows / (N * scale)
  double control_factor_ = 0;  // from a summed element to the change of c: 1 / (sites of the job * scale)
  uint64_t remaining_ = 0;
  uint64_t total_rows_ = 0;
};

}  // namespace accord
