// Columns of text on a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace accord {

// `text` followed by spaces up to `width` characters (code points), or cut to it with "...".
std::string Padded(absl::string_view text, size_t width);

}  // namespace accord
