#include "client/daemon/session/download.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kMaxChunkBytes = uint64_t{1} << 20;
// Smaller objects are not worth keeping a mapping for.
constexpr uint64_t kUsedAgainBytes = uint64_t{1} << 20;
constexpr char kDownloadMethod[] = "/accord.v1.SiteService/Download";

}  // namespace

absl::StatusOr<PartialObject> PartialObject::Create(const std::string& name, NamedBy named_by, uint64_t max_bytes,
                                                    bool exact_bytes) {
  if (!IsHexDigest(name)) return absl::InvalidArgumentError("the coordinator named an object by what is no digest");
  ACCORD_ASSIGN_OR_RETURN(UniqueFd fd, MakeMemoryFile("accord-object", exact_bytes ? max_bytes : 0));
  return PartialObject(std::move(fd), name, named_by, max_bytes, exact_bytes);
}

absl::Status PartialObject::Append(const ChunkView& chunk) {
  if (chunk.offset != num_bytes_ || chunk.num_bytes > kMaxChunkBytes || chunk.num_bytes > max_bytes_ - num_bytes_) {
    return absl::InvalidArgumentError(absl::StrCat("a chunk of ", chunk.num_bytes, " bytes at ", chunk.offset,
                                                   " does not fit: expected the next one at ", num_bytes_,
                                                   " of at most ", max_bytes_));
  }
  if (chunk.ComputeCrc32c() != chunk.crc32c) {
    return absl::InvalidArgumentError(absl::StrCat("the checksum of the chunk at ", chunk.offset, " is wrong"));
  }
  return Put(chunk.pieces);
}

absl::Status PartialObject::Put(absl::Span<const absl::string_view> pieces) {
  if (!sealed_) ACCORD_RETURN_IF_ERROR(WriteFully(fd_.get(), pieces, num_bytes_));
  for (const absl::string_view piece : pieces) {
    if (sealed_) std::memcpy(static_cast<char*>(memory_.data()) + num_bytes_, piece.data(), piece.size());
    hasher_.Update(piece);
    num_bytes_ += piece.size();
  }
  return absl::OkStatus();
}

absl::Status PartialObject::Fill(absl::string_view content) {
  if (content.size() > max_bytes_) return absl::DataLossError("the content is longer than the object may be");
  ACCORD_RETURN_IF_ERROR(Put({content}));
  return Finish();
}

absl::Status PartialObject::Finish() {
  const bool whole = !exact_bytes_ || num_bytes_ == max_bytes_;
  if (HexDigest(hasher_.Finish()) == name_ && whole) {
    complete_ = true;
    return absl::OkStatus();
  }
  const uint64_t got = std::exchange(num_bytes_, 0);
  return absl::DataLossError(absl::StrCat("the ", got, " bytes that the coordinator sent are not the object ", name_));
}

absl::Status PartialObject::Seal() {
  if (sealed_) return absl::OkStatus();
  if (exact_bytes_ && max_bytes_ >= kUsedAgainBytes) {
    ACCORD_ASSIGN_OR_RETURN(memory_, MappedFile::Map(fd_.get(), max_bytes_, MappedFile::Access::kReadWrite));
  }
  // The second kind of seal spares mappings that are there.
  const int write_seal = memory_.size() == 0 ? F_SEAL_WRITE : F_SEAL_FUTURE_WRITE;
  if (fcntl(fd_.get(), F_ADD_SEALS, write_seal | F_SEAL_SHRINK | F_SEAL_GROW) != 0)
    return ErrnoError("seal", "the model");
  sealed_ = true;
  return absl::OkStatus();
}

bool PartialObject::StartOver(const std::string& name, uint64_t num_bytes) {
  if (memory_.size() == 0 || memory_.size() != num_bytes || !IsHexDigest(name)) return false;
  // One call instead of a fault for every page; a hint.
  if (!std::exchange(populated_, true)) madvise(memory_.data(), memory_.size(), MADV_POPULATE_WRITE);
  name_ = name;
  num_bytes_ = 0;
  complete_ = false;
  hasher_ = NameHasher(named_by_);
  return true;
}

absl::StatusOr<std::string> PartialObject::Read() const {
  std::string content(num_bytes_, '\0');
  ACCORD_RETURN_IF_ERROR(ReadFully(fd_.get(), content.data(), content.size(), 0));
  return content;
}

Download::Download(const std::shared_ptr<grpc::Channel>& channel, PartialObject& object, Callbacks callbacks)
    : object_(object), callbacks_(std::move(callbacks)), stub_(channel) {
  request_.set_name(object.name());
  request_.set_offset(object.num_bytes());
  stub_.PrepareBidiStreamingCall(&context_, kDownloadMethod, grpc::StubOptions(), this);
  StartWriteLast(&request_, grpc::WriteOptions());
  StartRead(&incoming_);
  StartCall();
}

Download::~Download() {
  context_.TryCancel();
  finished_.WaitForNotification();
}

void Download::OnReadDone(bool ok) {
  if (!ok) return;
  fault_ = Take();
  if (!fault_.ok()) {
    context_.TryCancel();
    return;
  }
  callbacks_.progress(object_.num_bytes());
  StartRead(&incoming_);
}

absl::Status Download::Take() {
  ACCORD_ASSIGN_OR_RETURN(const ChunkView chunk, ReadChunk(incoming_));
  return object_.Append(chunk);
}

void Download::OnDone(const grpc::Status& status) {
  DownloadResult result;
  if (fault_.ok() && status.ok()) fault_ = object_.Finish();
  if (!fault_.ok()) {
    result = {DownloadResult::Outcome::kRefused, std::string(fault_.message())};
  } else if (status.ok()) {
    result = {DownloadResult::Outcome::kComplete, ""};
  } else if (status.error_code() == grpc::StatusCode::UNAVAILABLE ||
             status.error_code() == grpc::StatusCode::CANCELLED) {
    result = {DownloadResult::Outcome::kBroken, status.error_message()};
  } else {
    result = {DownloadResult::Outcome::kRefused, status.error_message()};
  }
  callbacks_.done(result);
  finished_.Notify();
}

}  // namespace accord
