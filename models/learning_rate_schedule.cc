#include "models/learning_rate_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace accord {
namespace {

// `done` of `total` rounds after the warm-up are over.
double Decay(const v1::Schedule& schedule, uint32_t done, uint32_t total) {
  switch (schedule.kind_case()) {
    case v1::Schedule::kCosine: {
      const double last = schedule.cosine().final_factor();
      // The first round after the warm-up has 1, the last one `last`.
      const double share = total <= 1 ? 0 : static_cast<double>(done) / (total - 1);
      return last + (1 - last) * (1 + std::cos(std::numbers::pi * share)) / 2;
    }
    case v1::Schedule::kStep:
      return std::pow(schedule.step().factor(), done / std::max(1u, schedule.step().every_rounds()));
    case v1::Schedule::kExponential:
      return std::pow(schedule.exponential().factor(), done);
    case v1::Schedule::kConstant:
    case v1::Schedule::KIND_NOT_SET:
      break;
  }
  return 1;
}

}  // namespace

double LearningRateFactor(const v1::JobSpec& spec, uint32_t round) {
  if (!spec.training().has_schedule() || round == 0) return 1;
  const v1::Schedule& schedule = spec.training().schedule();
  const uint32_t warmup = schedule.warmup_rounds();
  if (round <= warmup) return round / (warmup + 1.0);
  const uint32_t total = spec.rounds().count() > warmup ? spec.rounds().count() - warmup : 1;
  return Decay(schedule, std::min(round - warmup - 1, total - 1), total);
}

}  // namespace accord
