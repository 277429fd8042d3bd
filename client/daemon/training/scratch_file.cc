#include "client/daemon/training/scratch_file.h"

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/scratch_space.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kLeastBytes = uint64_t{64} << 20;

absl::StatusOr<UniqueFd> OpenWithoutName(const std::string& folder) {
  // O_EXCL: nobody can give it a name later.
  UniqueFd fd(open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid()) return fd;
  if (errno != EOPNOTSUPP && errno != EISDIR) return ErrnoError("make a scratch file in", folder);
  std::string name = absl::StrCat(folder, "/scratch.XXXXXX");
  fd = UniqueFd(mkostemp(name.data(), O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("make a scratch file in", folder);
  if (unlink(name.c_str()) != 0) return ErrnoError("take away the name of", name);
  return fd;
}

// An overlay (a container's own folders) shows its own type and passes everything else on to what lies below: memory
// has no extents, while the disks' file systems tell of theirs.
bool OverlayIsOnDisk(int fd) {
  struct fiemap extents = {};
  extents.fm_length = FIEMAP_MAX_OFFSET;
  return ioctl(fd, FS_IOC_FIEMAP, &extents) == 0;
}

absl::Status CheckOnDisk(int fd, const std::string& folder) {
  struct statfs disk;
  if (fstatfs(fd, &disk) != 0) return ErrnoError("look at the disk of", folder);
  if (disk.f_type == TMPFS_MAGIC || disk.f_type == RAMFS_MAGIC) {
    return absl::FailedPreconditionError(absl::StrCat(folder, " is in memory (tmpfs); name a folder on a disk"));
  }
  if (disk.f_type == OVERLAYFS_SUPER_MAGIC && !OverlayIsOnDisk(fd)) {
    return absl::FailedPreconditionError(absl::StrCat(
        folder, " is in an overlay that seems to lie in memory; name a folder on a disk, in a container a volume"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ScratchFile> MakeScratchFile(const std::string& folder, uint64_t max_bytes, uint64_t granted_bytes) {
  ScratchFile file;
  ACCORD_ASSIGN_OR_RETURN(file.fd, OpenWithoutName(folder));
  ACCORD_RETURN_IF_ERROR(CheckOnDisk(file.fd.get(), folder));
  ACCORD_ASSIGN_OR_RETURN(const uint64_t free, ScratchSpace::FreeBytes(file.fd.get()));
  if (free < kLeastBytes || free - kLeastBytes < ScratchSpace::kLeftFree ||
      free - kLeastBytes - ScratchSpace::kLeftFree < granted_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the disk of ", folder, " has ", free >> 20, " MiB left, of which ", ScratchSpace::kLeftFree >> 20,
                     " are left alone and ", granted_bytes >> 20, " are other running jobs'"));
  }
  file.size = std::min(max_bytes, free - ScratchSpace::kLeftFree - granted_bytes);
  if (ftruncate(file.fd.get(), static_cast<off_t>(file.size)) != 0)
    return ErrnoError("set the size of a file in", folder);
  // Told now, not when a job is half loaded.
  if (fallocate(file.fd.get(), 0, 0, ScratchSpace::kPageBytes) != 0) {
    return absl::FailedPreconditionError(absl::StrCat("the file system of ", folder, " cannot reserve room (",
                                                      std::strerror(errno), "); name a folder on a local disk"));
  }
  return file;
}

}  // namespace accord
