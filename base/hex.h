// Hexadecimal digits read back into bytes (absl::BytesToHexString writes them). Of Abseil's own readers, older releases
// have the one that says nothing about faults, and newer ones deprecate it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// Half as many bytes as there are digits. INVALID_ARGUMENT unless `digits` are an even number of [0-9a-fA-F].
absl::StatusOr<std::string> ParseHex(absl::string_view digits);

}  // namespace accord
