#include "base/printable.h"

#include <cstddef>
#include <cstdint>

#include "base/utf8.h"

namespace accord {
namespace {

std::string Replace(absl::string_view text, bool keep_line_feeds) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const size_t valid = ValidUtf8Prefix(text);
    for (size_t i = 0; i < valid; ++i) {
      const auto byte = static_cast<uint8_t>(text[i]);
      // U+0080 to U+009F are the second set of control characters: 0xC2 0x80 to 0xC2 0x9F.
      const bool c1 = byte == 0xC2 && i + 1 < valid && static_cast<uint8_t>(text[i + 1]) < 0xA0;
      if (c1) ++i;
      if (byte == '\n') {
        printable.push_back(keep_line_feeds ? '\n' : ' ');
      } else if (byte == '\t') {
        printable.push_back(' ');
      } else {
        printable.push_back(c1 || byte < 0x20 || byte == 0x7F ? '?' : static_cast<char>(byte));
      }
    }
    text.remove_prefix(valid);
    if (text.empty()) break;
    printable.push_back('?');
    text.remove_prefix(1);
  }
  return printable;
}

}  // namespace

std::string Printable(absl::string_view text) { return Replace(text, false); }

std::string PrintableLines(absl::string_view text) { return Replace(text, true); }

}  // namespace accord
