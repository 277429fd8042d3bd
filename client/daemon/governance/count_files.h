// How many files a folder holds, of folders that may hold only so many.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace accord {

// 0: there is no such folder. UNAVAILABLE: it cannot be read to its end, so that nobody knows how many it holds.
absl::StatusOr<size_t> CountFiles(const std::string& folder);

}  // namespace accord
