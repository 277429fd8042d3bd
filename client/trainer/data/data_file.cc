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
  file.written = status.st_mtim;
  if (file.size > max_bytes) {
    return absl::OutOfRangeError(
        absl::StrCat(path, " has ", file.size, " bytes, but sandbox.max_data_mib allows ", max_bytes >> 20, " MiB"));
  }
  return file;
}

absl::Status CheckUnchanged(const DataFile& file, const std::string& path) {
  struct stat status;
  if (fstat(file.fd.get(), &status) != 0) return ErrnoError("look at", path);
  if (static_cast<uint64_t>(status.st_size) == file.size && status.st_mtim.tv_sec == file.written.tv_sec &&
      status.st_mtim.tv_nsec == file.written.tv_nsec) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(
      path,
      " was written to while it was read; write a new file beside it and rename it into place (mv), then try again"));
}

}  // namespace accord
