// Whether rows fit a model, before LibTorch sees them. Without LibTorch.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "models/examples.h"
#include "models/model_interface.h"

namespace accord {

// INVALID_ARGUMENT when the shape of a row, the number of values or a target (not a class, not a finite number) does
// not fit. Never quotes a value.
absl::Status CheckExamples(const Examples& examples, const ModelInterface& interface);

}  // namespace accord
