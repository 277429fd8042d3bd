// How many files a folder holds, of folders that may hold only so many.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// 0: there is no such folder. UNAVAILABLE: it cannot be read to its end, so that nobody knows how many it holds.
// `prefix`, `ending`: of those alone whose names begin and end so.
absl::StatusOr<size_t> CountFiles(const std::string& folder, absl::string_view prefix = "",
                                  absl::string_view ending = "");

}  // namespace accord
