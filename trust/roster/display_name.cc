#include "trust/roster/display_name.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "base/status.h"
#include "base/utf8.h"

namespace accord {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// The Unicode Standard 15: categories Cc and Cf, line and paragraph separators, the spaces other than U+0020, and
// fillers that are shown as nothing.
constexpr Range kUnreadable[] = {
    {0x00, 0x1f},       {0x7f, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},     {0x600, 0x605},
    {0x61c, 0x61c},     {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
    {0x115f, 0x1160},   {0x1680, 0x1680},   {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x2000, 0x200f},
    {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800},   {0x3000, 0x3000},   {0x3164, 0x3164},
    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},   {0x110bd, 0x110bd},
    {0x110cd, 0x110cd}, {0x13430, 0x1345f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

bool IsReadable(uint32_t character) {
  return std::none_of(std::begin(kUnreadable), std::end(kUnreadable),
                      [character](const Range& range) { return character >= range.first && character <= range.last; });
}

// The character at the begin of well-formed UTF-8, which is then cut off.
uint32_t TakeCharacter(absl::string_view& text) {
  const auto lead = static_cast<uint8_t>(text.front());
  const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t character = length == 1 ? lead : lead & (0x7fu >> length);
  for (const char next : text.substr(1, length - 1)) character = character << 6 | (static_cast<uint8_t>(next) & 0x3f);
  text.remove_prefix(length);
  return character;
}

}  // namespace

absl::Status CheckDisplayName(absl::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("is empty");
  if (name.size() > kMaxDisplayNameBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", name.size(), " bytes; expected at most ", kMaxDisplayNameBytes));
  }
  if (!IsUtf8(name)) return absl::InvalidArgumentError("is not UTF-8");
  const bool spaced = name.front() == ' ' || name.back() == ' ' || name.find("  ") != absl::string_view::npos;
  if (spaced) return absl::InvalidArgumentError("has a space at an end, or two together");
  while (!name.empty()) {
    const uint32_t character = TakeCharacter(name);
    if (character == '|') return absl::InvalidArgumentError("has a '|', which parts the fields of a roster's line");
    if (!IsReadable(character)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("has the character U+%04X, which cannot be read on a screen", character));
    }
  }
  return absl::OkStatus();
}

}  // namespace accord
