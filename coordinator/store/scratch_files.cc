#include "coordinator/store/scratch_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kMaxKeptFiles = 64;  // each is an open descriptor

}  // namespace

ScratchFile& ScratchFile::operator=(ScratchFile&& other) noexcept {
  if (this == &other) return *this;
  Reset();
  files_ = std::move(other.files_);
  fd_ = std::move(other.fd_);
  return *this;
}

void ScratchFile::Reset() {
  if (fd_.valid()) files_->GiveBack(std::move(fd_));
  files_.reset();
}

std::shared_ptr<ScratchFiles> ScratchFiles::Create(std::string folder, uint64_t max_kept_bytes) {
  return std::shared_ptr<ScratchFiles>(new ScratchFiles(std::move(folder), max_kept_bytes));
}

absl::StatusOr<ScratchFile> ScratchFiles::Take() {
  {
    absl::MutexLock lock(&mutex_);
    if (!kept_.empty()) {
      Kept kept = std::move(kept_.back());
      kept_.pop_back();
      kept_bytes_ -= kept.num_bytes;
      return ScratchFile(shared_from_this(), std::move(kept.fd));
    }
  }
  std::string path = absl::StrCat(folder_, "/upload-XXXXXX");
  UniqueFd fd(mkostemp(path.data(), O_CLOEXEC));
  if (!fd.valid()) return ErrnoError("create", path);
  if (unlink(path.c_str()) != 0) return ErrnoError("unlink", path);
  return ScratchFile(shared_from_this(), std::move(fd));
}

void ScratchFiles::DropUnused() {
  absl::MutexLock lock(&mutex_);
  kept_.clear();
  kept_bytes_ = 0;
}

void ScratchFiles::GiveBack(UniqueFd fd) {
  struct stat about = {};
  if (fstat(fd.get(), &about) != 0) return;
  const uint64_t num_bytes = static_cast<uint64_t>(about.st_size);
  absl::MutexLock lock(&mutex_);
  if (kept_.size() == kMaxKeptFiles || num_bytes > max_kept_bytes_ - kept_bytes_) return;
  kept_bytes_ += num_bytes;
  kept_.push_back({std::move(fd), num_bytes});
}

}  // namespace accord
