// Logs of our programs, for a person who wants to know why one of them ended.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace accord {

// The JSON lines that programs log as services become "warning: text"; other lines stay. A first line that is cut off
// (a tail's) is left out where more follow.
std::string ReadableLog(absl::string_view tail);

}  // namespace accord
