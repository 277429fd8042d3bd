#include "base/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

// What was opened is what is looked at: the path may lead elsewhere a moment later.
absl::Status CheckPrivate(const struct stat& info, const std::string& path, size_t max_bytes) {
  if (!S_ISREG(info.st_mode)) return absl::FailedPreconditionError(absl::StrCat(path, " is not an ordinary file"));
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, " can be read by others; run: chmod 600 ", path));
  }
  if (static_cast<uint64_t>(info.st_size) > max_bytes) {
    return absl::OutOfRangeError(
        absl::StrCat(path, " has ", info.st_size, " bytes; expected at most ", max_bytes, ": is it the right file?"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PrivateFile> ReadPrivateFile(const std::string& path, size_t max_bytes) {
  // Not blocking, so that a pipe in its place is seen for what it is.
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info;
  if (!fd.valid() || fstat(fd.get(), &info) != 0) return ErrnoError("open", path);
  ACCORD_RETURN_IF_ERROR(CheckPrivate(info, path, max_bytes));
  PrivateFile file;
  ACCORD_ASSIGN_OR_RETURN(file.content,
                          SecretBytes::Written(static_cast<size_t>(info.st_size), [&](absl::Span<uint8_t> bytes) {
                            return Annotate(ReadFully(fd.get(), bytes.data(), bytes.size(), 0), path);
                          }));
  file.version = absl::StrCat(info.st_dev, ":", info.st_ino, ":", info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec);
  return file;
}

}  // namespace accord
