#include "base/sha256_batch.h"

#include <cstdlib>

#include "base/multi_buffer.h"

namespace accord {
namespace {

#ifdef ACCORD_IPSEC_MB

void Describe(const uint8_t* message, size_t message_bytes, Sha256Digest& digest, IMB_JOB& job) {
  job = IMB_JOB{};
  job.cipher_direction = IMB_DIR_ENCRYPT;
  job.chain_order = IMB_ORDER_HASH_CIPHER;
  job.cipher_mode = IMB_CIPHER_NULL;
  job.hash_alg = IMB_AUTH_SHA_256;
  job.src = message;
  job.msg_len_to_hash_in_bytes = message_bytes;
  job.auth_tag_output = digest.data();
  job.auth_tag_output_len_in_bytes = digest.size();
}

// False when not every message was hashed; the digests are then undefined.
bool HashAtOnce(absl::Span<const uint8_t> messages, size_t message_bytes, absl::Span<Sha256Digest> digests) {
  MultiBuffer buffers = MultiBuffer::Borrow();
  if (!buffers.valid()) return false;
  size_t hashed = 0;
  const auto count = [&hashed](const IMB_JOB* job) { hashed += job->status == IMB_STATUS_COMPLETED ? 1 : 0; };
  for (size_t i = 0; i < digests.size(); ++i) {
    IMB_JOB* job = IMB_GET_NEXT_JOB(buffers.get());
    Describe(messages.data() + i * message_bytes, message_bytes, digests[i], *job);
    for (job = IMB_SUBMIT_JOB(buffers.get()); job != nullptr; job = IMB_GET_COMPLETED_JOB(buffers.get())) count(job);
  }
  while (const IMB_JOB* job = IMB_FLUSH_JOB(buffers.get())) count(job);
  if (hashed == digests.size()) return true;
  buffers.Discard();
  return false;
}

#else

bool HashAtOnce(absl::Span<const uint8_t>, size_t, absl::Span<Sha256Digest>) { return false; }

#endif

}  // namespace

void Sha256Batch(absl::Span<const uint8_t> messages, size_t message_bytes, absl::Span<Sha256Digest> digests) {
  if (message_bytes > kMaxBatchMessageBytes || messages.size() != digests.size() * message_bytes) std::abort();
  if (digests.size() > 1 && HashAtOnce(messages, message_bytes, digests)) return;
  for (size_t i = 0; i < digests.size(); ++i) {
    const absl::Span<const uint8_t> message = messages.subspan(i * message_bytes, message_bytes);
    digests[i] = Sha256(absl::string_view(reinterpret_cast<const char*>(message.data()), message.size()));
  }
}

}  // namespace accord
