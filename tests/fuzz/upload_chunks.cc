// A site's upload stream, as the coordinator stages it. The input: framed UploadMessages, the opening and then chunks,
// an opening in between being a new stream.
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "coordinator/store/store.h"
#include "coordinator/transfer/chunk.h"
#include "coordinator/transfer/staged_upload.h"
#include "proto/accord/v1/wire.pb.h"
#include "proto/transfer/chunk_bytes.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/fuzz/support/scratch_store.h"
#include "tests/fuzz/support/slices.h"

namespace accord::fuzz::upload_chunks {
namespace {

constexpr uint64_t kVectorBytes = 1000;  // as the schema would say

std::string Opening(const std::string& vector) {
  v1::UploadMessage message;
  message.mutable_open()->mutable_plan()->set_job_id("job-1");
  message.mutable_open()->set_num_bytes(vector.size());
  message.mutable_open()->set_vector_name(Sha256Hex(vector));
  return Frame(message.SerializeAsString());
}

std::string Piece(const std::string& vector, uint64_t offset, uint64_t size) {
  v1::UploadMessage message;
  v1::Chunk& chunk = *message.mutable_chunk();
  chunk.set_offset(offset);
  chunk.set_data(vector.substr(offset, size));
  chunk.set_crc32c(Crc32c(0, chunk.data().data(), chunk.data().size()));
  return Frame(message.SerializeAsString());
}

std::string DataOf(const ChunkView& chunk) { return absl::StrJoin(chunk.pieces, ""); }

// A verified vector is what the chunks that were taken held, byte for byte.
void CheckVerified(const StagedUpload& upload, const std::string& taken) {
  std::string held(upload.num_bytes(), '\0');
  Require(upload.Read(0, absl::MakeSpan(held)).ok(), "a verified upload can be read");
  Require(held == taken, "a verified upload is what was sent");
}

// Where protobuf takes the same bytes, it must read the same chunk in them.
void CheckAgainstProtobuf(const ChunkView& chunk, absl::string_view frame) {
  v1::UploadMessage message;
  if (!message.ParseFromArray(frame.data(), static_cast<int>(frame.size())) || !message.has_chunk()) return;
  Require(chunk.offset == message.chunk().offset() && chunk.crc32c == message.chunk().crc32c(), "one place, one sum");
  Require(DataOf(chunk) == message.chunk().data(), "the same data");
}

}  // namespace

std::vector<std::string> Seeds() {
  std::string vector;
  for (uint64_t i = 0; i < kVectorBytes; ++i) vector.push_back(static_cast<char>(i * 37));
  const std::string whole = Opening(vector) + Piece(vector, 0, kVectorBytes);
  const std::string parts = Opening(vector) + Piece(vector, 0, 600) + Piece(vector, 600, 400);
  const std::string resumed = Opening(vector) + Piece(vector, 0, 600) + Opening(vector) + Piece(vector, 600, 400);
  return {whole, parts, resumed};
}

bool Take(absl::string_view bytes) {
  v1::UploadMessage first;
  if (!ParseFrame(bytes, first) || !first.has_open() || first.open().num_bytes() != kVectorBytes) return false;
  auto upload = StagedUpload::Create(ScratchStore().objects(), kVectorBytes, first.open().vector_name()).value();
  StagedUpload::Attachment attachment = upload->Attach();
  std::string taken;
  while (const auto frame = NextFrame(bytes)) {
    const grpc::ByteBuffer buffer = InSlices(*frame);
    const auto message = ReadUploadMessage(buffer);
    if (!message.ok()) continue;
    if (message->is_chunk) {
      CheckAgainstProtobuf(message->chunk, *frame);
      const absl::StatusOr<uint64_t> now = upload->Append(attachment.stream, message->chunk);
      if (now.ok()) taken += DataOf(message->chunk);
      if (now.ok()) Require(*now == taken.size(), "the acknowledged bytes are those held");
    }
    attachment = upload->Attach();
    Require(attachment.received == taken.size() && taken.size() <= kVectorBytes, "an upload resumes where it stopped");
    if (attachment.verified) CheckVerified(*upload, taken);
  }
  return attachment.verified;
}

const FuzzTarget kTarget("upload_chunks", &Seeds, &Take);

}  // namespace accord::fuzz::upload_chunks
