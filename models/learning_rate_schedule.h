// How the learning rate changes from round to round.
#pragma once

#include <cstdint>

#include "proto/accord/v1/job.pb.h"

namespace accord {

// What the optimiser's learning rate is multiplied by in training round `round`, from 1 to the job's rounds.count; 1
// where the job has no schedule.
double LearningRateFactor(const v1::JobSpec& spec, uint32_t round);

}  // namespace accord
