#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace accord {
namespace {

// Bytes of the well-formed character at `bytes`, which is not ASCII; 0 when it is not well-formed. The narrower ranges
// of second bytes shut out overlong forms (E0, F0), surrogates (ED) and what lies beyond U+10FFFF (F4).
size_t CharacterLength(const unsigned char* bytes, size_t left) {
  const auto follows = [&](size_t i, unsigned char low = 0x80, unsigned char high = 0xBF) {
    return i < left && bytes[i] >= low && bytes[i] <= high;
  };
  const unsigned char first = bytes[0];
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned char low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

bool AreEightAscii(const unsigned char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return (word & 0x8080808080808080u) == 0;
}

}  // namespace

size_t ValidUtf8Prefix(absl::string_view bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t at = 0;
  while (at < bytes.size()) {
    if (bytes.size() - at >= 8 && AreEightAscii(data + at)) {
      at += 8;  // whole data files pass through here
      continue;
    }
    const size_t length = data[at] < 0x80 ? 1 : CharacterLength(data + at, bytes.size() - at);
    if (length == 0) return at;
    at += length;
  }
  return at;
}

}  // namespace accord
