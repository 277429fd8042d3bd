#include "client/trainer/data/folder_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"

namespace accord {
namespace {

absl::Status Refused(absl::string_view why) { return absl::InvalidArgumentError(why); }

// One step down, never through a link.
absl::StatusOr<UniqueFd> Enter(int folder, const std::string& name, bool is_last) {
  struct stat status;
  if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Refused("is not in the folder")
                           : Refused(absl::StrCat("cannot be looked at: ", std::strerror(errno)));
  }
  if (S_ISLNK(status.st_mode))
    return Refused("is or lies behind a symbolic link, which is not followed; copy the file");
  if (is_last ? !S_ISREG(status.st_mode) : !S_ISDIR(status.st_mode)) {
    return is_last ? Refused("is not a file") : Refused("is not in the folder");
  }
  const int kind = is_last ? O_NONBLOCK : O_DIRECTORY;
  UniqueFd opened(openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | kind));
  if (!opened.valid()) return Refused(absl::StrCat("cannot be opened: ", std::strerror(errno)));
  return opened;
}

}  // namespace

absl::StatusOr<FolderFiles> FolderFiles::Open(const std::string& path) {
  UniqueFd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return ErrnoError("open the folder", path);
  return FolderFiles(std::move(folder));
}

absl::StatusOr<std::string> FolderFiles::Read(const std::string& name, uint64_t max_bytes) const {
  if (absl::StrContains(name, '\\')) return Refused("has a backslash in its name; write / between folders");
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  for (const std::string& part : parts) {
    if (part.empty() || part == "." || part == "..") {
      return Refused("is no path below the folder; expected one such as ward1/image7.png");
    }
  }
  UniqueFd at;
  for (size_t i = 0; i < parts.size(); ++i) {
    ACCORD_ASSIGN_OR_RETURN(UniqueFd next, Enter(i == 0 ? folder_.get() : at.get(), parts[i], i + 1 == parts.size()));
    at = std::move(next);
  }
  struct stat status;
  if (fstat(at.get(), &status) != 0) return ErrnoError("look at", "it");
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size > max_bytes) return Refused(absl::StrCat("is larger than ", max_bytes >> 20, " MiB"));
  std::string content(size, '\0');
  ACCORD_RETURN_IF_ERROR(ReadFully(at.get(), content.data(), content.size(), 0));
  return content;
}

}  // namespace accord
