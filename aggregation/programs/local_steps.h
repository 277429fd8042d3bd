// How many steps a site's local training takes, for whoever makes them and whoever divides by them.
#pragma once

#include <cstdint>

#include "proto/accord/v1/job.pb.h"

namespace accord {

// Steps of the optimiser in one round over `rows` > 0 training rows.
uint64_t LocalSteps(const v1::Training& training, uint64_t rows);

// What these steps amount to: the norm |a_i|_1 of Wang et al. 2020, section 4. Without momentum the number of steps;
// with momentum rho, in which a gradient goes on moving the model, (steps - rho (1 - rho^steps) / (1 - rho)) / (1 -
// rho). At least 1. For SGD.
double EffectiveSteps(const v1::Training& training, uint64_t rows);

}  // namespace accord
