#include "base/utf8.h"

#include <cstdint>

namespace accord {
namespace {

// What the first byte of a character says: how many bytes follow, and the range of the first of them. The ranges
// shut out overlong forms, surrogates and what lies beyond U+10FFFF.
struct Lead {
  size_t num_following;
  uint8_t low;
  uint8_t high;
};

// False for a byte that begins no character.
bool ReadLead(uint8_t byte, Lead& lead) {
  if (byte >= 0xC2 && byte <= 0xDF)
    lead = {1, 0x80, 0xBF};
  else if (byte == 0xE0)
    lead = {2, 0xA0, 0xBF};
  else if (byte == 0xED)
    lead = {2, 0x80, 0x9F};
  else if (byte >= 0xE1 && byte <= 0xEF)
    lead = {2, 0x80, 0xBF};
  else if (byte == 0xF0)
    lead = {3, 0x90, 0xBF};
  else if (byte >= 0xF1 && byte <= 0xF3)
    lead = {3, 0x80, 0xBF};
  else if (byte == 0xF4)
    lead = {3, 0x80, 0x8F};
  else
    return false;
  return true;
}

}  // namespace

size_t ValidUtf8Prefix(absl::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const auto first = static_cast<uint8_t>(bytes[at]);
    if (first < 0x80) {
      ++at;
      continue;
    }
    Lead lead;
    if (!ReadLead(first, lead) || bytes.size() - at <= lead.num_following) return at;
    for (size_t i = 1; i <= lead.num_following; ++i) {
      const auto byte = static_cast<uint8_t>(bytes[at + i]);
      const bool fits = i == 1 ? byte >= lead.low && byte <= lead.high : byte >= 0x80 && byte <= 0xBF;
      if (!fits) return at;
    }
    at += 1 + lead.num_following;
  }
  return at;
}

}  // namespace accord
