#include "trust/roster/display_name.h"

#include <cstdint>

#include "absl/strings/str_format.h"
#include "base/status.h"
#include "base/utf8.h"
#include "trust/roster/readable_text.h"

namespace accord {

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
