#include "client/trainer/process/step_memory.h"

#include "absl/strings/str_cat.h"
#include "aggregation/programs/kept_state.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kModelDescriptor = 0;
constexpr size_t kVectorDescriptor = 1;
constexpr size_t kKeptAfterDescriptor = 2;
constexpr size_t kKeptBeforeDescriptor = 3;

absl::Status CheckStepMemory(const v1::JobSpec& spec, const v1::ComputeStep& step, uint64_t model_bytes,
                             size_t num_descriptors) {
  const bool keeps = step.state_bytes() > 0;
  const size_t wanted = 2u + (keeps ? 1 : 0) + (keeps && step.has_state() ? 1 : 0);
  if (num_descriptors != wanted) {
    return absl::InvalidArgumentError(
        absl::StrCat("compute came with ", num_descriptors, " descriptors, expected ", wanted));
  }
  const uint64_t parameter_bytes = step.num_parameters() * sizeof(float);
  if (IsModelSize(spec, step.num_parameters(), model_bytes) && (!keeps || step.state_bytes() == parameter_bytes)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("a model of ", step.num_parameters(), " parameters came in ",
                                                 model_bytes, " bytes, and what this site keeps of it in ",
                                                 step.state_bytes()));
}

}  // namespace

absl::StatusOr<StepMemory> StepMappings::Map(const v1::JobSpec& spec, const v1::ComputeStep& step,
                                             const std::vector<UniqueFd>& descriptors) {
  const uint64_t parameters = step.num_parameters();
  const uint64_t model_bytes = step.model_bytes() == 0 ? parameters * sizeof(float) : step.model_bytes();
  ACCORD_RETURN_IF_ERROR(CheckStepMemory(spec, step, model_bytes, descriptors.size()));
  StepMemory memory;
  ACCORD_ASSIGN_OR_RETURN(const void* model,
                          received_.Map(descriptors[kModelDescriptor].get(), model_bytes, "the received model"));
  memory.received = absl::MakeConstSpan(static_cast<const float*>(model), model_bytes / sizeof(float));
  ACCORD_ASSIGN_OR_RETURN(
      void* vector, vector_.Map(descriptors[kVectorDescriptor].get(), step.vector_bytes(), "the vector's memory"));
  memory.vector = absl::MakeSpan(static_cast<uint8_t*>(vector), step.vector_bytes());
  if (step.state_bytes() == 0) return memory;
  constexpr char kWhat[] = "what this site keeps";
  ACCORD_ASSIGN_OR_RETURN(void* after,
                          kept_after_.Map(descriptors[kKeptAfterDescriptor].get(), step.state_bytes(), kWhat));
  memory.kept.after = absl::MakeSpan(static_cast<float*>(after), parameters);
  if (!step.has_state()) return memory;
  ACCORD_ASSIGN_OR_RETURN(const void* before,
                          kept_before_.Map(descriptors[kKeptBeforeDescriptor].get(), step.state_bytes(), kWhat));
  memory.kept.before = absl::MakeConstSpan(static_cast<const float*>(before), parameters);
  return memory;
}

}  // namespace accord
