#include "trust/roster/readable_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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

}  // namespace

bool IsReadable(uint32_t character) {
  return std::none_of(std::begin(kUnreadable), std::end(kUnreadable),
                      [character](const Range& range) { return character >= range.first && character <= range.last; });
}

uint32_t TakeCharacter(absl::string_view& text) {
  const auto lead = static_cast<uint8_t>(text.front());
  const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t character = length == 1 ? lead : lead & (0x7fu >> length);
  for (const char next : text.substr(1, length - 1)) character = character << 6 | (static_cast<uint8_t>(next) & 0x3f);
  text.remove_prefix(length);
  return character;
}

absl::Status CheckReadableText(absl::string_view text) {
  if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(valid), '\n');
    return absl::InvalidArgumentError(absl::StrCat("line ", line, " is not UTF-8"));
  }
  int line = 1;
  while (!text.empty()) {
    const uint32_t character = TakeCharacter(text);
    if (character == '\n') {
      ++line;
    } else if (!IsReadable(character)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("line %d has the character U+%04X, which cannot be read on a screen", line, character));
    }
  }
  return absl::OkStatus();
}

}  // namespace accord
