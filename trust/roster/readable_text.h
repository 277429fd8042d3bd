// What reads on every screen as what it is, for texts that people sign.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// The character at the begin of well-formed UTF-8, which is then cut off. `text` is not empty.
uint32_t TakeCharacter(absl::string_view& text);

// False for control and formatting characters, which could reorder or hide text, for spaces other than U+0020, and for
// what is shown as nothing.
bool IsReadable(uint32_t character);

// Holds for UTF-8 of readable characters and line feeds. INVALID_ARGUMENT names the line and the character; never
// repeats the text.
absl::Status CheckReadableText(absl::string_view text);

}  // namespace accord
