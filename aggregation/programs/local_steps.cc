#include "aggregation/programs/local_steps.h"

#include <algorithm>
#include <cmath>

namespace accord {

uint64_t LocalSteps(const v1::Training& training, uint64_t rows) {
  if (training.amount_case() == v1::Training::kLocalSteps) return training.local_steps();
  const uint64_t batch_size = training.batch_size() == 0 ? rows : std::min<uint64_t>(training.batch_size(), rows);
  return (rows + batch_size - 1) / batch_size * training.local_epochs();
}

double EffectiveSteps(const v1::Training& training, uint64_t rows) {
  const auto steps = static_cast<double>(LocalSteps(training, rows));
  const double momentum = training.sgd().momentum();
  return std::max(1.0, (steps - momentum * (1 - std::pow(momentum, steps)) / (1 - momentum)) / (1 - momentum));
}

}  // namespace accord
