// Files that bear the hash of what is in them as their name: the same content is kept once, however often it comes.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// Writes `content` to FOLDER/HASH + `extension` with mode 0600, durably, HASH being the first 16 hexadecimal digits of
// its SHA-256; makes the folder (0700) where it is missing. The path. Errors as of MakeFolders and WriteFileAtomically.
absl::StatusOr<std::string> WriteHashNamedFile(const std::string& folder, absl::string_view extension,
                                               absl::string_view content);

}  // namespace accord
