// Whether bytes are UTF-8.
#pragma once

#include "absl/strings/string_view.h"

namespace accord {

// True for well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF (RFC 3629, section 4).
bool IsUtf8(absl::string_view bytes);

}  // namespace accord
