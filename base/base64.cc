#include "base/base64.h"

#include "absl/strings/escaping.h"

namespace accord {

absl::StatusOr<std::string> ParseBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || absl::Base64Escape(bytes) != text) {
    return absl::InvalidArgumentError("is not in base64");
  }
  return bytes;
}

}  // namespace accord
