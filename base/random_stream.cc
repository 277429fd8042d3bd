#include "base/random_stream.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace accord {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "streams are read as little-endian numbers");

void AppendUint64(std::string& bytes, uint64_t value) {
  char raw[8];
  std::memcpy(raw, &value, 8);
  bytes.append(raw, 8);
}

void AppendField(std::string& bytes, const std::string& field) {
  AppendUint64(bytes, field.size());
  bytes += field;
}

Sha256Digest KeyOf(const StreamPurpose& purpose) {
  std::string bytes = "accord/v1/random-stream";
  AppendUint64(bytes, purpose.job_seed);
  AppendField(bytes, purpose.site);
  AppendUint64(bytes, purpose.round);
  AppendField(bytes, purpose.use);
  return Sha256(bytes);
}

// Fails only for want of memory or a broken OpenSSL.
void Check(bool ok) {
  if (!ok) std::abort();
}

}  // namespace

void RandomStream::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

RandomStream::RandomStream(const StreamPurpose& purpose)
    : cipher_(EVP_CIPHER_CTX_new()), buffer_(std::make_unique<uint32_t[]>(kBufferSize)) {
  const Sha256Digest key = KeyOf(purpose);
  const uint8_t zero_iv[16] = {};
  Check(cipher_ != nullptr);
  Check(EVP_EncryptInit_ex(cipher_.get(), EVP_aes_256_ctr(), nullptr, key.data(), zero_iv) == 1);
}
RandomStream::~RandomStream() = default;
RandomStream::RandomStream(RandomStream&&) noexcept = default;
RandomStream& RandomStream::operator=(RandomStream&&) noexcept = default;

void RandomStream::Fill(absl::Span<uint32_t> values) {
  // Numbers left over in the buffer come first, so that Fill and NextUint32 can be mixed.
  const size_t buffered = std::min(values.size(), kBufferSize - next_);
  std::copy_n(buffer_.get() + next_, buffered, values.data());
  next_ += buffered;
  values.remove_prefix(buffered);
  constexpr size_t kMaxPiece = size_t{1} << 26;  // EVP takes an int of bytes
  while (!values.empty()) {
    const size_t piece = std::min(values.size(), kMaxPiece);
    auto* bytes = reinterpret_cast<uint8_t*>(values.data());
    std::memset(bytes, 0, piece * sizeof(uint32_t));
    int written = 0;
    Check(EVP_EncryptUpdate(cipher_.get(), bytes, &written, bytes, static_cast<int>(piece * sizeof(uint32_t))) == 1);
    values.remove_prefix(piece);
  }
}

void RandomStream::Refill() {
  next_ = kBufferSize;
  Fill(absl::MakeSpan(buffer_.get(), kBufferSize));
  next_ = 0;
}

uint32_t RandomStream::NextUint32() {
  if (next_ == kBufferSize) Refill();
  return buffer_[next_++];
}

uint64_t RandomStream::NextUint64() {
  const uint64_t low = NextUint32();
  return low | (static_cast<uint64_t>(NextUint32()) << 32);
}

uint64_t RandomStream::NextBelow(uint64_t bound) {
  const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  uint64_t value = NextUint64();
  while (value >= limit) value = NextUint64();
  return value % bound;
}

float RandomStream::NextFloat() { return static_cast<float>(NextUint32() >> 8) * 0x1.0p-24f; }

double RandomStream::NextDouble() { return static_cast<double>(NextUint64() >> 11) * 0x1.0p-53; }

uint64_t DeriveSeed(const StreamPurpose& purpose) {
  uint64_t seed;
  const Sha256Digest key = KeyOf(purpose);
  std::memcpy(&seed, key.data(), sizeof(seed));
  return seed;
}

}  // namespace accord
