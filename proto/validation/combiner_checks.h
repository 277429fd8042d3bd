// Of a job whose coordinator combines the sites' changes by another rule than the mean: defaults and contradictions;
// for this folder's own sources.
#pragma once

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

void ApplyCombinerDefaults(v1::Aggregation& aggregation, const FieldPlaces* places);

// That the coordinator sees each change, that the strategy moves by nothing but them, and that the rounds are large
// enough for the rule.
void CheckCombiner(const v1::JobSpec& spec, FaultList& faults);

}  // namespace accord
