// Unnamed files for uploads on their way, used again and again: the pages of a file that was just read are in memory
// already, while those of a new one have to be found, cleared and accounted for, which costs several times the copy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/file.h"

namespace accord {

class ScratchFiles;

// One file, given back when it is destroyed or Reset. Movable. What an earlier user wrote is still in it: read only
// what you have written.
class ScratchFile {
 public:
  ScratchFile() = default;
  ~ScratchFile() { Reset(); }
  ScratchFile(ScratchFile&&) noexcept = default;
  ScratchFile& operator=(ScratchFile&& other) noexcept;

  bool valid() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  void Reset();

 private:
  friend class ScratchFiles;
  ScratchFile(std::shared_ptr<ScratchFiles> files, UniqueFd fd) : files_(std::move(files)), fd_(std::move(fd)) {}
  std::shared_ptr<ScratchFiles> files_;
  UniqueFd fd_;
};

// Thread-safe. Files without a name vanish with the process, however it ends.
class ScratchFiles : public std::enable_shared_from_this<ScratchFiles> {
 public:
  // Unused files are kept while they have at most `max_kept_bytes` together.
  static std::shared_ptr<ScratchFiles> Create(std::string folder, uint64_t max_kept_bytes);

  // Errors of the file system, with the path.
  absl::StatusOr<ScratchFile> Take();
  // Lets go of the files that nobody uses, and of what was written to them.
  void DropUnused();

 private:
  friend class ScratchFile;
  ScratchFiles(std::string folder, uint64_t max_kept_bytes)
      : folder_(std::move(folder)), max_kept_bytes_(max_kept_bytes) {}
  void GiveBack(UniqueFd fd);

  struct Kept {
    UniqueFd fd;
    uint64_t num_bytes = 0;
  };
  const std::string folder_;
  const uint64_t max_kept_bytes_;
  absl::Mutex mutex_;
  std::vector<Kept> kept_ ABSL_GUARDED_BY(mutex_);  // the last given back is the first taken: its pages are warmest
  uint64_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace accord
