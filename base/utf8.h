// Is this text UTF-8?
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace accord {

// Length in bytes of the longest prefix that is well-formed UTF-8 (no overlong forms, no surrogates, nothing above
// U+10FFFF); `bytes.size()` when all of it is. Source: The Unicode Standard, table 3-7.
size_t ValidUtf8Prefix(absl::string_view bytes);

inline bool IsUtf8(absl::string_view bytes) { return ValidUtf8Prefix(bytes) == bytes.size(); }

}  // namespace accord
