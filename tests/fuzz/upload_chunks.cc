// A site's upload stream, as the coordinator stages it. The input: framed UploadMessages, the opening and then chunks,
// an opening in between being a new stream.
#include <string>
#include <vector>

#include "base/hash.h"
#include "coordinator/store/store.h"
#include "coordinator/transfer/chunk.h"
#include "coordinator/transfer/staged_upload.h"
#include "proto/accord/v1/wire.pb.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "tests/fuzz/support/scratch_store.h"

namespace accord::fuzz {
namespace {

constexpr uint64_t kVectorBytes = 1000;  // as the schema would say

std::string Opening(const std::string& vector) {
  v1::UploadMessage message;
  message.mutable_open()->mutable_plan()->set_job_id("job-1");
  message.mutable_open()->set_num_bytes(vector.size());
  message.mutable_open()->set_payload_sha256(Sha256Hex(vector));
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

// A verified vector has the hash that was announced, byte for byte.
void CheckVerified(const StagedUpload& upload) {
  std::string held(upload.num_bytes(), '\0');
  Require(upload.Read(0, absl::MakeSpan(held)).ok(), "a verified upload can be read");
  Require(Sha256Hex(held) == upload.payload_sha256(), "a verified upload has the hash that was announced");
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
  v1::UploadMessage message;
  if (!ParseFrame(bytes, message) || !message.has_open() || message.open().num_bytes() != kVectorBytes) return false;
  auto upload = StagedUpload::Create(ScratchStore().objects(), kVectorBytes, message.open().payload_sha256()).value();
  StagedUpload::Attachment attachment = upload->Attach();
  uint64_t received = 0;
  while (ParseFrame(bytes, message)) {
    if (message.has_open()) {
      attachment = upload->Attach();
      Require(attachment.received == received, "an upload resumes where it stopped");
      continue;
    }
    const absl::StatusOr<uint64_t> now = upload->Append(attachment.stream, message.chunk());
    received = upload->Attach().received;
    attachment = upload->Attach();
    Require(received <= kVectorBytes, "an upload holds no more than was announced");
    if (now.ok()) Require(*now == received, "the acknowledged bytes are those held");
    if (attachment.verified) CheckVerified(*upload);
  }
  return attachment.verified || upload->Attach().verified;
}

}  // namespace accord::fuzz
