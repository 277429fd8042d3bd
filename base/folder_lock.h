// Several processes that change the files of one folder, one after the other.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/file.h"

namespace accord {

// Waits until nobody else holds it, in this process or another, and holds it until the result is destroyed, or its
// process ends. The folder is made (0700) where it is missing. On the folder itself, so that no file of one user's
// stands in the way of another. Reading needs none where files are replaced whole (WriteFileAtomically). UNAVAILABLE
// and others as of MakeFolders: the folder cannot be made, opened or locked.
absl::StatusOr<UniqueFd> LockFolder(const std::string& folder);

}  // namespace accord
