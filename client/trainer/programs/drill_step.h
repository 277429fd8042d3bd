// STEP_TRAIN of a drill: no data, no LibTorch; the update is -1/16 of the received model.
#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/trainer/programs/step_vector.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

absl::Status FillDrill(const v1::JobSpec& spec, absl::Span<const float> received, StepVector& vector);

}  // namespace accord
