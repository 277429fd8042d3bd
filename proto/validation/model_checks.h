// Does the model fit the data? For this folder's own sources.
#pragma once

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Adds a fault where the model cannot take the inputs or give the target, or would be larger than anybody's memory:
// found here, before a site allocates it.
void CheckModel(const v1::JobSpec& spec, FaultList& faults);

}  // namespace accord
