#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kPiecesOfOneWrite = 256;  // Linux takes 1,024; the list lies on the stack

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
}

absl::Status ErrnoError(absl::string_view action, absl::string_view object) {
  const int error = errno;
  return absl::Status(absl::ErrnoToStatusCode(error),
                      absl::StrCat("cannot ", action, " ", object, ": ", std::strerror(error)));
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("open", path);
  std::string content;
  char buffer[65536];
  while (true) {
    const ssize_t n = read(fd.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError("read", path);
    if (n == 0) return content;
    content.append(buffer, static_cast<size_t>(n));
    if (content.size() > max_bytes) {
      return absl::OutOfRangeError(
          absl::StrCat(path, " is larger than ", max_bytes, " bytes, the most that is read here"));
    }
  }
}

absl::Status ReadFully(int fd, void* data, size_t size, uint64_t offset) {
  auto* bytes = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t n = pread(fd, bytes, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError("read", "file");
    if (n == 0) return absl::DataLossError("the file ends before the bytes that were asked for");
    bytes += n;
    size -= static_cast<size_t>(n);
    offset += static_cast<uint64_t>(n);
  }
  return absl::OkStatus();
}

absl::Status WriteFully(int fd, const void* data, size_t size, uint64_t offset) {
  const auto* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t n = pwrite(fd, bytes, size, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError("write", "file");
    bytes += n;
    size -= static_cast<size_t>(n);
    offset += static_cast<uint64_t>(n);
  }
  return absl::OkStatus();
}

absl::Status WriteFully(int fd, absl::Span<const absl::string_view> pieces, uint64_t offset) {
  iovec batch[kPiecesOfOneWrite];
  while (!pieces.empty()) {
    const absl::Span<const absl::string_view> now = pieces.subspan(0, kPiecesOfOneWrite);
    pieces.remove_prefix(now.size());
    size_t size = 0;
    for (size_t i = 0; i < now.size(); ++i) {
      batch[i] = {const_cast<char*>(now[i].data()), now[i].size()};  // which is only read
      size += now[i].size();
    }
    const ssize_t n = pwritev(fd, batch, static_cast<int>(now.size()), static_cast<off_t>(offset));
    if (n == static_cast<ssize_t>(size)) {
      offset += size;
      continue;
    }
    // A signal or a full disk: once more, piece by piece, which tells what it was.
    for (const absl::string_view piece : now) {
      ACCORD_RETURN_IF_ERROR(WriteFully(fd, piece.data(), piece.size(), offset));
      offset += piece.size();
    }
  }
  return absl::OkStatus();
}

absl::Status SyncParentFolder(const std::string& path) {
  const std::string parent = ParentOf(path);
  UniqueFd folder(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) return ErrnoError("open folder", parent);
  if (fsync(folder.get()) != 0) return ErrnoError("sync folder", parent);
  return absl::OkStatus();
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, int mode, Durability durability) {
  // The name is unique per process and call, so that two writers of one path cannot mix their bytes.
  std::string temporary = path + ".XXXXXX";
  UniqueFd fd(mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("create a temporary file beside", path);
  absl::Status status = WriteFully(fd.get(), content.data(), content.size(), 0);
  if (status.ok() && fchmod(fd.get(), static_cast<mode_t>(mode)) != 0)
    status = ErrnoError("set the mode of", temporary);
  if (status.ok() && durability == Durability::kDurable && fsync(fd.get()) != 0) status = ErrnoError("sync", temporary);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) status = ErrnoError("rename to", path);
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return durability == Durability::kDurable ? SyncParentFolder(path) : absl::OkStatus();
}

absl::Status MakeFolders(const std::string& path, int mode) {
  std::string made;
  for (const auto& part : std::filesystem::path(path)) {
    made = made.empty() ? part.string() : (std::filesystem::path(made) / part).string();
    if (mkdir(made.c_str(), static_cast<mode_t>(mode)) == 0) {
      ACCORD_RETURN_IF_ERROR(SyncParentFolder(made));
    } else if (errno != EEXIST) {
      return ErrnoError("make folder", made);
    }
  }
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return ErrnoError("look at", path);
  if (!S_ISDIR(info.st_mode)) return absl::FailedPreconditionError(absl::StrCat(path, " exists and is not a folder"));
  return absl::OkStatus();
}

absl::StatusOr<UniqueFd> MakeMemoryFile(const std::string& name, uint64_t size) {
  UniqueFd fd(memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return ErrnoError("make memory file", name);
  if (ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return ErrnoError("size memory file", name);
  return fd;
}

absl::StatusOr<MappedFile> MappedFile::Map(int fd, uint64_t size, Access access) {
  if (size == 0) return MappedFile();
  const int protection = access == Access::kRead ? PROT_READ : PROT_READ | PROT_WRITE;
  void* data = mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return ErrnoError("map", absl::StrCat(size, " bytes"));
  return MappedFile(data, size);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}
MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

}  // namespace accord
