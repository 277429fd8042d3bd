// What each site's comparison with a model that it trains alone asks of a job; for this folder's own sources.
#pragma once

#include <string>

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/validation/load_config.h"

namespace accord {

void ApplyLocalGainDefaults(v1::JobSpec& spec, const FieldPlaces* places);

// Adds a fault where `evaluation.local_gain` contradicts the rest of the job.
void CheckLocalGain(const v1::JobSpec& spec, FaultList& faults);

}  // namespace accord
