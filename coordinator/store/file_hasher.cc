#include "coordinator/store/file_hasher.h"

#include <algorithm>
#include <vector>

#include "base/file.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kPieceBytes = 256 << 10;  // from the page cache into the second-level cache

}  // namespace

FileHasher::FileHasher(int fd, NamedBy named_by) : fd_(fd), hasher_(named_by), thread_([this] { Run(); }) {}

FileHasher::~FileHasher() { Stop(); }

void FileHasher::Advance(uint64_t size) {
  absl::MutexLock lock(&mutex_);
  size_ = size;
}

absl::StatusOr<Sha256Digest> FileHasher::Finish() {
  Stop();
  ACCORD_RETURN_IF_ERROR(read_);
  return hasher_.Finish();
}

void FileHasher::Stop() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  thread_.join();
}

bool FileHasher::HasWork() const { return ended_ || size_ - hashed_ >= kPieceBytes; }

void FileHasher::Run() {
  std::vector<char> piece(kPieceBytes);
  uint64_t at = 0;
  for (;;) {
    uint64_t size = 0;
    {
      absl::MutexLock lock(&mutex_);
      hashed_ = at;
      mutex_.Await(absl::Condition(this, &FileHasher::HasWork));
      size = std::min(kPieceBytes, size_ - at);
    }
    if (size == 0) return;
    read_ = ReadFully(fd_, piece.data(), size, at);
    if (!read_.ok()) return;
    hasher_.Update(absl::string_view(piece.data(), size));
    at += size;
  }
}

}  // namespace accord
