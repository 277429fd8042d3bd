#include "base/hex.h"

#include <cstddef>

namespace accord {
namespace {

// 0 to 15; -1 for what is no digit.
int ValueOf(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

absl::StatusOr<std::string> ParseHex(absl::string_view digits) {
  if (digits.size() % 2 != 0) return absl::InvalidArgumentError("an odd number of hexadecimal digits");
  std::string bytes(digits.size() / 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = ValueOf(digits[2 * i]), low = ValueOf(digits[2 * i + 1]);
    if (high < 0 || low < 0) return absl::InvalidArgumentError("not a hexadecimal digit");
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

}  // namespace accord
