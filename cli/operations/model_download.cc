#include "cli/operations/model_download.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/operations/client.h"

namespace accord {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the model arrived damaged: ", what,
                                          "; nothing was written. Try again; if it happens again, the coordinator's "
                                          "stored model is damaged and its operator should look at the log"));
}

}  // namespace

absl::Status ModelDownload::Take(v1::FetchModelReply& reply) {
  if (reply.has_header()) return TakeHeader(*reply.mutable_header());
  if (reply.has_chunk()) return TakeChunk(reply.chunk());
  return Damaged("a message that is neither header nor bytes");
}

absl::Status ModelDownload::TakeHeader(v1::ModelHeader& header) {
  if (has_header_) return Damaged("a second header");
  const bool earlier = header.model_digest().empty();
  name_ = earlier ? header.sha256() : header.model_digest();
  if (!IsHexDigest(name_)) return Damaged("its header names no digest");
  hasher_ = NameHasher(earlier ? NamedBy::kSha256 : NamedBy::kContentDigest);
  has_header_ = true;
  header_.Swap(&header);
  return absl::OkStatus();
}

absl::Status ModelDownload::TakeChunk(const v1::Chunk& chunk) {
  if (!has_header_) return Damaged("bytes before the header");
  if (chunk.offset() != bytes_.size()) {
    return Damaged(absl::StrCat("bytes from ", chunk.offset(), " on, where ", bytes_.size(), " was next"));
  }
  if (chunk.data().size() > header_.num_bytes() - bytes_.size()) return Damaged("more bytes than announced");
  if (Crc32c(0, chunk.data().data(), chunk.data().size()) != chunk.crc32c()) {
    return Damaged(absl::StrCat("a wrong checksum at byte ", chunk.offset()));
  }
  hasher_.Update(chunk.data());
  bytes_.append(chunk.data());
  return absl::OkStatus();
}

absl::Status ModelDownload::Finish(FetchedModel& model) {
  if (!has_header_) return Damaged("no header came");
  if (bytes_.size() != header_.num_bytes()) {
    return Damaged(absl::StrCat(bytes_.size(), " bytes came, ", header_.num_bytes(), " were announced"));
  }
  const std::string digest = HexDigest(hasher_.Finish());
  if (digest != name_) {
    return Damaged(absl::StrCat("its digest is ", digest, ", expected ", name_));
  }
  model.header.Swap(&header_);
  model.bytes = std::move(bytes_);
  return absl::OkStatus();
}

}  // namespace accord
