// What the coordinator does with the sites' mean update: the step from one global model to the next.
//
// One interface for all server-side rules (Reddi et al., "Adaptive federated optimization", 2021, algorithm 2), so that
// a model of any size is stepped tile by tile and no rule needs to know how the mean came about.
#pragma once

#include "absl/types/span.h"

namespace accord {

class ServerOptimizer {
 public:
  virtual ~ServerOptimizer() = default;

  // new_model[i] = old_model[i] moved along mean_update[i]. The three spans have the same size; `new_model` may be
  // `old_model`. Tiles come in the order of the parameters, each parameter once a round. Deterministic.
  virtual void StepTile(absl::Span<const float> old_model, absl::Span<const double> mean_update,
                        absl::Span<float> new_model) = 0;
};

}  // namespace accord
