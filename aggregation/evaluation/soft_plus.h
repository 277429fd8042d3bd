// log(1 + exp(x)) without overflow: the log loss of a logit x whose class did not come true.
#pragma once

#include <algorithm>
#include <cmath>

namespace accord {

inline double SoftPlus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

}  // namespace accord
