#include "cli/terminal_text.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

bool StartsCodePoint(char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }

}  // namespace

std::string Padded(absl::string_view text, size_t width) {
  size_t code_points = 0;
  size_t cut = text.size();  // where the text ends if "..." must fit behind it
  for (size_t i = 0; i < text.size(); ++i) {
    if (!StartsCodePoint(text[i])) continue;
    if (code_points + 3 == width) cut = i;
    ++code_points;
  }
  if (code_points > width) return absl::StrCat(text.substr(0, cut), "...");
  return absl::StrCat(text, std::string(width - code_points, ' '));
}

}  // namespace accord
