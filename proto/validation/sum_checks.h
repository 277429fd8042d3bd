// How a job's sums hide their parts: defaults and contradictions; for this folder's own sources.
#pragma once

#include <cstdint>

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Unless the sums are plain: secure, with every default of what was not written.
void ApplySumDefaults(v1::Aggregation& aggregation, const FieldPlaces* places);

// Plain or secure, not both; and of a secure sum, that enough sites are asked for and that it can keep what it
// promises.
void CheckSum(const v1::JobSpec& spec, FaultList& faults);

// The most colluding sites that every cohort of at least `min_sites` sites withstands. With n sites, of which a sum
// needs t = floor(2n/3)+1 signatures, C colluding ones could get two different sets of survivors signed unless
// 2t > n + C, and t - C >= 2 honest sites must be left in the smallest sum.
uint32_t MostColludingSites(uint32_t min_sites);

}  // namespace accord
