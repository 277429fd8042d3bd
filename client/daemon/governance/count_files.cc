#include "client/daemon/governance/count_files.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace accord {

absl::StatusOr<size_t> CountFiles(const std::string& folder, absl::string_view prefix, absl::string_view ending) {
  std::error_code error;
  std::filesystem::directory_iterator next(folder, error);
  if (error == std::errc::no_such_file_or_directory) return 0;
  size_t count = 0;
  // The operator ++ would throw where a disk fails in the middle.
  for (; !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    const std::string name = next->path().filename().string();
    if (absl::StartsWith(name, prefix) && absl::EndsWith(name, ending)) ++count;
  }
  if (!error) return count;
  return absl::UnavailableError(absl::StrCat("cannot count the files in ", folder, ": ", error.message()));
}

}  // namespace accord
