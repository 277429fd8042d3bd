// What a site's vector holds, in words: the same sentences in `job validate` (before) and in the report (after).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// What a site sends in one round of one kind of step.
struct Departure {
  v1::StepKind kind = v1::STEP_KIND_UNSPECIFIED;
  uint64_t bytes = 0;                 // of one site's vector
  std::vector<std::string> contents;  // one entry a block, with its number of elements
  uint32_t ring_bits = 0;
  double step_of_a_change = 0;  // what a site's weighted change is rounded to; 0: the step has none
};

// INVALID_ARGUMENT when the job's step has no schema for so many sites (the message says why).
absl::StatusOr<Departure> DescribeDeparture(const v1::JobSpec& spec, v1::StepKind kind, uint64_t num_parameters,
                                            uint32_t cohort_size);

// Parameters of the model, from the size of a training vector; 0 when the size fits no model of this job.
uint64_t ParametersFromUpload(const v1::JobSpec& spec, uint64_t upload_bytes);

}  // namespace accord
