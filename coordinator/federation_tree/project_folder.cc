#include "coordinator/federation_tree/project_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr int kModeOfFolder = 0700;
constexpr int kModeOfFile = 0644;

std::string TemporaryNameOf(const std::string& name) { return absl::StrCat(".", name, ".new"); }

// Of reading and writing alike.
std::array<timespec, 2> BothTimes(absl::Time dated) { return {absl::ToTimespec(dated), absl::ToTimespec(dated)}; }

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

absl::StatusOr<ProjectFolder> ProjectFolder::OpenAt(int parent, const std::string& name, const std::string& path) {
  UniqueFd fd(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (fd.valid()) return ProjectFolder(path, std::move(fd));
  if (errno == ENOTDIR || errno == ELOOP) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " is a link or a file; expected a folder: nothing is followed there. Put a folder in its place"));
  }
  return ErrnoError("open folder", path);
}

absl::StatusOr<ProjectFolder> ProjectFolder::Open(const std::string& path) { return OpenAt(AT_FDCWD, path, path); }

absl::StatusOr<ProjectFolder> ProjectFolder::OpenOrMake(const std::string& path) {
  auto opened = Open(path);
  if (!absl::IsNotFound(opened.status())) return opened;
  ACCORD_RETURN_IF_ERROR(MakeFolders(path, kModeOfFolder));
  return Open(path);
}

absl::StatusOr<ProjectFolder> ProjectFolder::Below(const std::string& name) const {
  if (mkdirat(fd_.get(), name.c_str(), kModeOfFolder) != 0 && errno != EEXIST) {
    return ErrnoError("make folder", PathOf(name));
  }
  return OpenAt(fd_.get(), name, PathOf(name));
}

absl::Status ProjectFolder::Prepare(const std::string& name, absl::string_view content, absl::Time dated) const {
  const std::string temporary = TemporaryNameOf(name);
  // One that a crash left.
  if (unlinkat(fd_.get(), temporary.c_str(), 0) != 0 && errno != ENOENT) {
    return ErrnoError("remove", PathOf(temporary));
  }
  const UniqueFd fd(
      openat(fd_.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kModeOfFile));
  if (!fd.valid()) return ErrnoError("create", PathOf(temporary));
  ACCORD_RETURN_IF_ERROR(Annotate(WriteFully(fd.get(), content.data(), content.size(), 0), PathOf(temporary)));
  if (fchmod(fd.get(), kModeOfFile) != 0) return ErrnoError("set the mode of", PathOf(temporary));
  if (futimens(fd.get(), BothTimes(dated).data()) != 0) return ErrnoError("date", PathOf(temporary));
  return fsync(fd.get()) == 0 ? absl::OkStatus() : ErrnoError("sync", PathOf(temporary));
}

absl::Status ProjectFolder::Publish(const std::string& name, absl::Time dated) const {
  if (renameat(fd_.get(), TemporaryNameOf(name).c_str(), fd_.get(), name.c_str()) != 0) {
    return ErrnoError("rename to", PathOf(name));
  }
  return Date(dated);
}

absl::Status ProjectFolder::Write(const std::string& name, absl::string_view content, absl::Time dated) const {
  ACCORD_RETURN_IF_ERROR(Prepare(name, content, dated));
  return Publish(name, dated);
}

bool ProjectFolder::Has(const std::string& name) const {
  struct stat info {};
  return fstatat(fd_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
}

absl::StatusOr<std::string> ProjectFolder::LastNameWith(absl::string_view beginning) const {
  UniqueFd again(openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!again.valid()) return ErrnoError("open folder", path_);
  const std::unique_ptr<DIR, CloseFolder> folder(fdopendir(again.get()));
  if (folder == nullptr) return ErrnoError("read folder", path_);
  again.Release();
  std::string last;
  while (true) {
    errno = 0;
    const dirent* entry = readdir(folder.get());
    if (entry == nullptr && errno != 0) return ErrnoError("read folder", path_);
    if (entry == nullptr) return last;
    const absl::string_view name = entry->d_name;
    if (absl::StartsWith(name, beginning) && name > last) last = std::string(name);
  }
}

absl::Status ProjectFolder::MoveOut(const std::string& name, const std::string& path, absl::Time dated) const {
  struct stat info {};
  if (fstatat(fd_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return ErrnoError("look at", PathOf(name));
  if (!S_ISREG(info.st_mode)) {
    const bool is_gone = unlinkat(fd_.get(), name.c_str(), S_ISDIR(info.st_mode) ? AT_REMOVEDIR : 0) == 0;
    return absl::InvalidArgumentError(absl::StrCat("it is no ordinary file that can be read",
                                                   is_gone ? "" : ", and cannot be removed: remove it by hand"));
  }
  if (renameat(fd_.get(), name.c_str(), AT_FDCWD, path.c_str()) != 0) {
    return ErrnoError(absl::StrCat("move ", PathOf(name), " to"), path);
  }
  // It may be the project's own, which only its owner dates; the project's next file dates it anew.
  Date(dated).IgnoreError();
  return absl::OkStatus();
}

absl::Status ProjectFolder::Date(absl::Time dated) const {
  if (futimens(fd_.get(), BothTimes(dated).data()) != 0) return ErrnoError("date", path_);
  return fsync(fd_.get()) == 0 ? absl::OkStatus() : ErrnoError("sync folder", path_);
}

std::string ProjectFolder::PathOf(const std::string& name) const { return absl::StrCat(path_, "/", name); }

}  // namespace accord
