#include "coordinator/transfer/staged_upload.h"

#include <utility>

#include "base/status.h"
#include "coordinator/transfer/chunk.h"

namespace accord {

absl::StatusOr<std::shared_ptr<StagedUpload>> StagedUpload::Create(ObjectStore& objects, uint64_t num_bytes,
                                                                   std::string payload_sha256) {
  auto upload = std::shared_ptr<StagedUpload>(new StagedUpload(num_bytes, std::move(payload_sha256)));
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
  for (const absl::string_view piece : chunk.pieces) ACCORD_RETURN_IF_ERROR(Put(piece));
  if (received_ < num_bytes_) return received_;
  received_sha256_ = HexDigest(hasher_.Finish());
  if (!payload_sha256_.empty()) ACCORD_RETURN_IF_ERROR(Verify());
  return received_;
}

absl::Status StagedUpload::Put(absl::string_view bytes) {
  if (file_.valid()) {
    ACCORD_RETURN_IF_ERROR(
        Annotate(WriteFully(file_.get(), bytes.data(), bytes.size(), received_), "the coordinator's staging folder"));
  } else {
    memory_.append(bytes.data(), bytes.size());
  }
  hasher_.Update(bytes);
  received_ += bytes.size();
  return absl::OkStatus();
}

std::string StagedUpload::received_sha256() const {
  absl::MutexLock lock(&mutex_);
  return received_sha256_;
}

void StagedUpload::Accept() {
  absl::MutexLock lock(&mutex_);
  verified_ = !closed_ && !received_sha256_.empty();
}

void StagedUpload::StartAgain() {
  absl::MutexLock lock(&mutex_);
  if (!verified_) ThrowAway();
}

void StagedUpload::ThrowAway() {
  received_ = 0;
  received_sha256_.clear();
  memory_.clear();
}

absl::Status StagedUpload::Verify() {
  if (received_sha256_ == payload_sha256_) {
    verified_ = true;
    return absl::OkStatus();
  }
  const std::string digest = received_sha256_;
  ThrowAway();
  return absl::InvalidArgumentError(
      absl::StrCat("the vector's bytes have SHA-256 ", digest, ", announced was ", payload_sha256_, "; send it again"));
}

void StagedUpload::Close(std::string reason) {
  absl::MutexLock lock(&mutex_);
  if (verified_) return;
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
  if (file_.valid()) return ReadFully(file_.get(), out.data(), out.size(), offset);
  memory_.copy(out.data(), out.size(), offset);
  return absl::OkStatus();
}

void StagedUpload::ReleaseBytes() {
  absl::MutexLock lock(&mutex_);
  file_.Reset();
  memory_ = std::string();
}

}  // namespace accord
