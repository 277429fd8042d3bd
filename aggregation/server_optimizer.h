// What the coordinator does with the sites' mean update: the step from one global model to the next.
//
// One interface for all server-side rules (Reddi et al., "Adaptive federated optimization", 2021, algorithm 2), so that
// a model of any size is stepped tile by tile and no rule needs to know how the mean came about.
#pragma once

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

class ServerOptimizer {
 public:
  virtual ~ServerOptimizer() = default;

  // Numbers that the rule keeps of each parameter from round to round: its *state*. 0: none.
  virtual size_t state_values() const { return 0; }
  // The state before the first round, of so many parameters.
  virtual void InitialState(absl::Span<float> state) const;

  // new_model[i] = old_model[i] moved along mean_update[i]. The three spans have the same size; `new_model` may be
  // `old_model`. `state` has state_values() numbers for each of the parameters, those of one beside each other; it is
  // stepped in place. Tiles come in the order of the parameters, each parameter once a round. Deterministic.
  virtual void StepTile(absl::Span<const float> old_model, absl::Span<const double> mean_update,
                        absl::Span<float> state, absl::Span<float> new_model) = 0;
};

// The server's rule of a job. INVALID_ARGUMENT when the job names none, or newton, which has no updates.
absl::StatusOr<std::unique_ptr<ServerOptimizer>> MakeServerOptimizer(const v1::JobSpec& spec);

}  // namespace accord
