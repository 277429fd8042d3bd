// Texts of others within lines of ours, for this folder's own sources.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace accord {

// With '?' for each character that could make another line or hide or reorder others, and for bytes that are not UTF-8.
std::string OnOneLine(absl::string_view text);

}  // namespace accord
