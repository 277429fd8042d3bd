// Base64 (RFC 4648, section 4, padded) read back into bytes, in its one spelling: absl::Base64Escape writes it, and
// Abseil's own reader also takes blanks and text without padding.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// INVALID_ARGUMENT unless absl::Base64Escape gives exactly `text` for some bytes.
absl::StatusOr<std::string> ParseBase64(absl::string_view text);

}  // namespace accord
