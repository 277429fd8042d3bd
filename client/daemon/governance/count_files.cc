#include "client/daemon/governance/count_files.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace accord {

absl::StatusOr<size_t> CountFiles(const std::string& folder, absl::string_view prefix) {
  std::error_code error;
  std::filesystem::directory_iterator next(folder, error);
  if (error == std::errc::no_such_file_or_directory) return 0;
  size_t count = 0;
  // The operator ++ would throw where a disk fails in the middle.
  for (; !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    if (absl::StartsWith(next->path().filename().string(), prefix)) ++count;
  }
  if (!error) return count;
  return absl::UnavailableError(absl::StrCat("cannot count the files in ", folder, ": ", error.message()));
}

}  // namespace accord
