#include "client/trainer/data/data_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

namespace accord {

absl::StatusOr<DataFile> OpenDataFile(const std::string& path, uint64_t max_bytes) {
  DataFile file;
  // Without O_NONBLOCK a pipe would be waited on for ever.
  file.fd = UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.fd.valid()) return ErrnoError("open", path);
  struct stat status;
  if (fstat(file.fd.get(), &status) != 0) return ErrnoError("look at", path);
  if (!S_ISREG(status.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, " is not a file"));
  file.size = static_cast<uint64_t>(status.st_size);
  if (file.size > max_bytes) {
    return absl::OutOfRangeError(
        absl::StrCat(path, " has ", file.size, " bytes, but sandbox.max_data_mib allows ", max_bytes >> 20, " MiB"));
  }
  return file;
}

}  // namespace accord
