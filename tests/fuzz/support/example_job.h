// Jobs for seeds, with every default filled in, as they travel.
#pragma once

#include "proto/accord/v1/job.pb.h"

namespace accord::fuzz {

// Ten parameters and no data.
v1::JobSpec DrillJob();
// Two classes from two columns, standardised first.
v1::JobSpec HeartJob();

}  // namespace accord::fuzz
