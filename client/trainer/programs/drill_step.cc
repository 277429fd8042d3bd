#include "client/trainer/programs/drill_step.h"

#include "client/trainer/programs/update_blocks.h"

namespace accord {
namespace {

constexpr uint64_t kDrillRows = 1;  // every site weighs the same
constexpr float kDrillFactor = -1.0f / 16;

}  // namespace

absl::Status FillDrill(const v1::JobSpec& spec, absl::Span<const float> received, StepVector& vector) {
  const auto change = [&](uint64_t first, absl::Span<float> out) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = kDrillFactor * received[first + i];
  };
  return FillUpdate(spec, {kDrillRows, received.size(), change}, vector);
}

}  // namespace accord
