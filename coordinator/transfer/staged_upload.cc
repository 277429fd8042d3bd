#include "coordinator/transfer/staged_upload.h"

#include <utility>

#include "base/hash.h"
#include "base/status.h"
#include "coordinator/transfer/chunk.h"

namespace accord {

absl::StatusOr<std::shared_ptr<StagedUpload>> StagedUpload::Create(ObjectStore& objects, uint64_t num_bytes,
                                                                   std::string vector_name) {
  auto upload = std::shared_ptr<StagedUpload>(new StagedUpload(num_bytes, std::move(vector_name)));
  absl::MutexLock lock(&upload->mutex_);
  if (num_bytes <= kMemoryBytes) {
    upload->memory_.reserve(num_bytes);
  } else {
    ACCORD_ASSIGN_OR_RETURN(upload->file_, objects.NewScratchFile());
  }
  return upload;
}

StagedUpload::Attachment StagedUpload::Attach() {
  absl::MutexLock lock(&mutex_);
  return Attachment{++stream_, received_, verified_};
}

absl::StatusOr<uint64_t> StagedUpload::Append(uint64_t stream, const ChunkView& chunk) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return absl::CancelledError(close_reason_);
  if (stream != stream_) return absl::AbortedError("a newer stream of this upload has taken over");
  ACCORD_RETURN_IF_ERROR(CheckChunk(chunk, received_, num_bytes_));
  ACCORD_RETURN_IF_ERROR(Put(chunk));
  if (received_ < num_bytes_) return received_;
  verified_ = !masked();
  if (masked()) received_digest_ = HexDigest(hasher_.Finish());
  return received_;
}

absl::Status StagedUpload::Put(const ChunkView& chunk) {
  if (file_.valid()) {
    ACCORD_RETURN_IF_ERROR(
        Annotate(WriteFully(file_.fd(), chunk.pieces, received_), "the coordinator's staging folder"));
  }
  for (const absl::string_view piece : chunk.pieces) {
    if (!file_.valid()) memory_.append(piece.data(), piece.size());
    if (masked()) hasher_.Update(piece);
  }
  received_ += chunk.num_bytes;
  return absl::OkStatus();
}

std::string StagedUpload::received_digest() const {
  absl::MutexLock lock(&mutex_);
  return received_digest_;
}

void StagedUpload::Accept() {
  absl::MutexLock lock(&mutex_);
  verified_ = !closed_ && !received_digest_.empty();
}

void StagedUpload::StartAgain() {
  absl::MutexLock lock(&mutex_);
  if (verified_) return;
  received_ = 0;
  received_digest_.clear();
  memory_.clear();
}

void StagedUpload::Refuse(std::string reason) {
  absl::MutexLock lock(&mutex_);
  verified_ = false;
  received_ = 0;
  Drop(std::move(reason));
}

void StagedUpload::Close(std::string reason) {
  absl::MutexLock lock(&mutex_);
  if (!verified_) Drop(std::move(reason));
}

void StagedUpload::Drop(std::string reason) {
  if (closed_) return;
  closed_ = true;
  close_reason_ = std::move(reason);
  file_.Reset();
  memory_ = std::string();
}

absl::Status StagedUpload::Read(uint64_t offset, absl::Span<char> out) const {
  absl::MutexLock lock(&mutex_);
  if (closed_) return absl::CancelledError(close_reason_);
  if (!verified_) return absl::FailedPreconditionError("the upload is not complete");
  if (offset > num_bytes_ || out.size() > num_bytes_ - offset) {
    return absl::OutOfRangeError(absl::StrCat("no ", out.size(), " bytes at offset ", offset, " of ", num_bytes_));
  }
  if (file_.valid()) return ReadFully(file_.fd(), out.data(), out.size(), offset);
  memory_.copy(out.data(), out.size(), offset);
  return absl::OkStatus();
}

void StagedUpload::ReleaseBytes() {
  absl::MutexLock lock(&mutex_);
  file_.Reset();
  memory_ = std::string();
}

}  // namespace accord
