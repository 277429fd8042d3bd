// The memory files of a job's steps: the received model, the vector, and what the site keeps between rounds.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/file.h"
#include "client/trainer/process/kept_mapping.h"
#include "client/trainer/programs/kept_numbers.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

struct StepMemory {
  absl::Span<const float> received;  // the model, and behind its parameters what more is handed out
  absl::Span<uint8_t> vector;
  KeptNumbers kept;
};

// Holds the mappings of the last step. Not thread-safe.
class StepMappings {
 public:
  // Valid until the next call. INVALID_ARGUMENT: not the descriptors and sizes that a step of this job has.
  absl::StatusOr<StepMemory> Map(const v1::JobSpec& spec, const v1::ComputeStep& step,
                                 const std::vector<UniqueFd>& descriptors);

 private:
  KeptMapping received_{MappedFile::Access::kRead};
  KeptMapping vector_{MappedFile::Access::kReadWrite};
  KeptMapping kept_before_{MappedFile::Access::kRead};
  KeptMapping kept_after_{MappedFile::Access::kReadWrite};
};

}  // namespace accord
