// Files: whole-file reads with a limit, durable writes, and descriptors that close themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace accord {

// Owns a file descriptor. Movable, not copyable.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { Reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

// The whole file. NOT_FOUND if it does not exist, OUT_OF_RANGE if it is larger than `max_bytes`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes = size_t{64} << 20);

// How far a write must have got before the call returns.
enum class Durability {
  kVisible,  // other processes see it; a power cut may lose it
  kDurable,  // fsync of file and folder: a power cut does not lose it
};

// Replaces the file as one step (temporary file, rename): readers see the old or the new content, never a mixture.
// `mode` as of chmod, for example 0600 for keys; it holds from the first byte on.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view content, int mode = 0644,
                                 Durability durability = Durability::kDurable);

// Reads or writes exactly `size` bytes at `offset`; DATA_LOSS when the file ends before.
absl::Status ReadFully(int fd, void* data, size_t size, uint64_t offset);
absl::Status WriteFully(int fd, const void* data, size_t size, uint64_t offset);
// Writes the pieces one behind the other. One call for many pieces spares the system its work for each.
absl::Status WriteFully(int fd, absl::Span<const absl::string_view> pieces, uint64_t offset);

// fsync of the folder that holds `path`, which makes a rename into it durable.
absl::Status SyncParentFolder(const std::string& path);

// The folder and its parents, each made with `mode` where missing; what this made is on the disk when it returns.
absl::Status MakeFolders(const std::string& path, int mode = 0755);

// An anonymous file in memory of `size` bytes (memfd), with CLOEXEC. `name` shows up in /proc only.
absl::StatusOr<UniqueFd> MakeMemoryFile(const std::string& name, uint64_t size);

// A mapping of a file or memory file, unmapped at the end. Movable, not copyable.
class MappedFile {
 public:
  enum class Access { kRead, kReadWrite };
  // Maps [0, size) of `fd`, shared. The descriptor may be closed afterwards.
  static absl::StatusOr<MappedFile> Map(int fd, uint64_t size, Access access);

  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  void* data() { return data_; }
  const void* data() const { return data_; }
  uint64_t size() const { return size_; }

 private:
  MappedFile(void* data, uint64_t size) : data_(data), size_(size) {}
  void* data_ = nullptr;
  uint64_t size_ = 0;
};

// A status from errno, naming what was tried: ErrnoError("open", "/etc/x") -> "cannot open /etc/x: No such file ...".
absl::Status ErrnoError(absl::string_view action, absl::string_view object);

}  // namespace accord
