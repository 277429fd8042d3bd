// What a coordinator sends in bulk. The first byte of the input: 'o' a stored object to a site, as framed Chunks; 'm' a
// model to an engineer, as framed FetchModelReplies.
#include "client/daemon/session/download.h"

#include <string>
#include <vector>

#include "base/content_digest.h"
#include "base/hash.h"
#include "cli/operations/client.h"
#include "cli/operations/model_download.h"
#include "proto/transfer/chunk_bytes.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/fuzz/support/slices.h"

namespace accord::fuzz::download {
namespace {

constexpr size_t kObjectBytes = 100;

std::string Content() { return std::string(kObjectBytes, 'm'); }

v1::Chunk Piece(uint64_t offset, uint64_t size) {
  v1::Chunk chunk;
  chunk.set_offset(offset);
  chunk.set_data(Content().substr(offset, size));
  chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
  return chunk;
}

std::string Reply(const v1::Chunk& chunk) {
  v1::FetchModelReply reply;
  *reply.mutable_chunk() = chunk;
  return Frame(reply.SerializeAsString());
}

std::string HeaderReply() {
  v1::FetchModelReply reply;
  reply.mutable_header()->set_model_digest(HexDigest(ContentDigest(Content())));
  reply.mutable_header()->set_num_bytes(kObjectBytes);
  return Frame(reply.SerializeAsString());
}

// An empty frame ends one stream and begins another.
bool TakeObject(absl::string_view bytes, bool exact) {
  PartialObject object = PartialObject::Create(Sha256Hex(Content()), NamedBy::kSha256, kObjectBytes, exact).value();
  while (const auto frame = NextFrame(bytes)) {
    if (frame->empty()) {
      if (object.Finish().ok()) break;
      Require(object.num_bytes() == 0, "an object that was not the right one is empty again");
      continue;
    }
    const grpc::ByteBuffer message = InSlices(*frame);
    if (const auto chunk = ReadChunk(message); chunk.ok()) (void)object.Append(*chunk);
    Require(object.num_bytes() <= kObjectBytes, "an object is no longer than it may be");
  }
  if (!object.complete()) return false;
  Require(object.Read().value() == Content(), "a complete object has the bytes of its hash");
  return true;
}

bool TakeModel(absl::string_view bytes) {
  ModelDownload download;
  v1::FetchModelReply reply;
  while (ParseFrame(bytes, reply)) {
    if (!download.Take(reply).ok()) return false;
  }
  FetchedModel model;
  if (!download.Finish(model).ok()) return false;
  const v1::ModelHeader& header = model.header;
  Require(header.model_digest().empty() ? header.sha256() == Sha256Hex(model.bytes)
                                        : header.model_digest() == HexDigest(ContentDigest(model.bytes)),
          "a model has the bytes of its name");
  return true;
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string halves = Frame(Piece(0, 60).SerializeAsString()) + Frame(Piece(60, 40).SerializeAsString());
  const std::string wrong = Frame(Piece(0, 60).SerializeAsString()) + Frame("");
  return {"o" + halves + Frame(""), "e" + wrong + halves + Frame(""),
          "m" + HeaderReply() + Reply(Piece(0, 60)) + Reply(Piece(60, 40))};
}

bool Take(absl::string_view bytes) {
  switch (TakeSelector(bytes)) {
    case 'o':
      return TakeObject(bytes, /*exact=*/false);
    case 'e':
      return TakeObject(bytes, /*exact=*/true);
    case 'm':
      return TakeModel(bytes);
    default:
      return false;
  }
}

const FuzzTarget kTarget("download", &Seeds, &Take);

}  // namespace accord::fuzz::download
