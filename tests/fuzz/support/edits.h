// Damage that an input does to a message which an honest peer made: rows of place (two bytes, little-endian) and the
// byte that is combined with what stands there by exclusive or.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace accord::fuzz {

inline std::string Edited(std::string message, absl::string_view edits) {
  for (; edits.size() >= 3 && !message.empty(); edits.remove_prefix(3)) {
    const size_t place = static_cast<uint8_t>(edits[0]) + (size_t{static_cast<uint8_t>(edits[1])} << 8);
    char& byte = message[place % message.size()];
    byte = static_cast<char>(byte ^ edits[2]);
  }
  return message;
}

}  // namespace accord::fuzz
