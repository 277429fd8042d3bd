#include "trust/charter/readable_words.h"

#include "absl/strings/str_cat.h"
#include "base/utf8.h"
#include "trust/roster/readable_text.h"

namespace accord {

std::string OnOneLine(absl::string_view text) {
  std::string shown;
  while (!text.empty()) {
    absl::string_view readable = text.substr(0, ValidUtf8Prefix(text));
    text.remove_prefix(readable.size());
    while (!readable.empty()) {
      const absl::string_view from = readable;
      const bool is_readable = IsReadable(TakeCharacter(readable));
      absl::StrAppend(&shown, is_readable ? from.substr(0, from.size() - readable.size()) : "?");
    }
    if (text.empty()) break;
    shown += '?';
    text.remove_prefix(1);
  }
  return shown;
}

}  // namespace accord
