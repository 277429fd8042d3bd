#include "aggregation/secure/key_streams.h"

#include <openssl/crypto.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/mask_lanes.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kSeedBytes = 32;
constexpr size_t kBlockBytes = 16;
// CTR gives the key stream exclusive-or the input, and the input is zero because masks are added.
alignas(64) constexpr uint8_t kZeros[kMaskTileBytes] = {};

using CounterBlock = std::array<uint8_t, kBlockBytes>;  // big-endian

CounterBlock CounterAt(uint64_t byte_offset) {
  CounterBlock counter{};
  const uint64_t block = byte_offset / kBlockBytes;
  for (size_t i = 0; i < sizeof(block); ++i) counter[kBlockBytes - 1 - i] = static_cast<uint8_t>(block >> (8 * i));
  return counter;
}

#ifdef ACCORD_IPSEC_MB

constexpr size_t kScheduleBytes = 15 * kBlockBytes;  // FIPS 197: 14 rounds and the first key

// Empty where the library would be no faster than OpenSSL.
absl::StatusOr<SecretBytes> ExpandForMultiBuffer(const SecretBytes& seed) {
  const MultiBuffer buffers = MultiBuffer::Borrow();
  if (!buffers.HasWideAes()) return SecretBytes();
  return SecretBytes::Written(2 * kScheduleBytes, [&](absl::Span<uint8_t> schedule) {
    IMB_AES_KEYEXP_256(buffers.get(), seed.Reveal().data(), schedule.data(), schedule.data() + kScheduleBytes);
    return absl::OkStatus();
  });
}

#else

absl::StatusOr<SecretBytes> ExpandForMultiBuffer(const SecretBytes&) { return SecretBytes(); }

#endif

absl::Status ReadOpenSsl(EVP_CIPHER_CTX* context, uint8_t* bytes, size_t size) {
  int written = 0;
  if (EVP_EncryptUpdate(context, bytes, &written, kZeros, static_cast<int>(size)) != 1) {
    return OpenSslError("compute a mask");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MaskKey> MaskKey::Create(const SecretBytes& seed) {
  if (seed.size() != kSeedBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a mask's seed has ", kSeedBytes, " bytes, not ", seed.size()));
  }
  MaskKey key;
  key.keyed.reset(EVP_CIPHER_CTX_new());
  if (key.keyed == nullptr ||
      EVP_EncryptInit_ex(key.keyed.get(), EVP_aes_256_ctr(), nullptr, seed.Reveal().data(), nullptr) != 1) {
    return OpenSslError("set up a mask");
  }
  ACCORD_ASSIGN_OR_RETURN(key.schedule, ExpandForMultiBuffer(seed));
  return key;
}

absl::StatusOr<OpenSslStreams> OpenSslStreams::Open(absl::Span<const MaskKey* const> keys, uint64_t byte_offset) {
  const CounterBlock counter = CounterAt(byte_offset);
  OpenSslStreams streams;
  streams.contexts_.reserve(keys.size());
  for (const MaskKey* key : keys) {
    CipherContextHandle context(EVP_CIPHER_CTX_new());
    if (context == nullptr || EVP_CIPHER_CTX_copy(context.get(), key->keyed.get()) != 1 ||
        EVP_EncryptInit_ex(context.get(), nullptr, nullptr, nullptr, counter.data()) != 1) {
      return OpenSslError("start a mask");
    }
    uint8_t skipped[kBlockBytes];
    ACCORD_RETURN_IF_ERROR(ReadOpenSsl(context.get(), skipped, byte_offset % kBlockBytes));
    OPENSSL_cleanse(skipped, sizeof(skipped));
    streams.contexts_.push_back(std::move(context));
  }
  return streams;
}

absl::Status OpenSslStreams::Read(size_t first, size_t size, absl::Span<uint8_t* const> lanes) {
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    ACCORD_RETURN_IF_ERROR(ReadOpenSsl(contexts_[first + lane].get(), lanes[lane], size));
  }
  return absl::OkStatus();
}

#ifdef ACCORD_IPSEC_MB

std::optional<WideStreams> WideStreams::Open(absl::Span<const MaskKey* const> keys, uint64_t byte_offset,
                                             uint64_t num_bytes) {
  constexpr uint64_t kCountedBytes = (uint64_t{1} << 32) * kBlockBytes;
  if (byte_offset % kBlockBytes != 0 || byte_offset > kCountedBytes || num_bytes > kCountedBytes - byte_offset) {
    return std::nullopt;
  }
  for (const MaskKey* key : keys) {
    if (key->schedule.empty()) return std::nullopt;
  }
  MultiBuffer buffers = MultiBuffer::Borrow();
  if (!buffers.HasWideAes()) return std::nullopt;
  return WideStreams(std::move(buffers), keys, byte_offset);
}

absl::Status WideStreams::Read(size_t first, size_t size, absl::Span<uint8_t* const> lanes) {
  const CounterBlock counter = CounterAt(byte_offset_);
  IMB_JOB jobs[kMaskLanes] = {};
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    const absl::Span<const uint8_t> schedule = keys_[first + lane]->schedule.Reveal();
    IMB_JOB& job = jobs[lane];
    job.cipher_direction = IMB_DIR_ENCRYPT;
    job.cipher_mode = IMB_CIPHER_CNTR;
    job.hash_alg = IMB_AUTH_NULL;
    job.src = kZeros;
    job.dst = lanes[lane];
    job.msg_len_to_cipher_in_bytes = size;
    job.iv = counter.data();
    job.iv_len_in_bytes = kBlockBytes;
    job.enc_keys = schedule.data();
    job.dec_keys = schedule.data() + kScheduleBytes;
    job.key_len_in_bytes = kSeedBytes;
  }
  const auto count = static_cast<uint32_t>(lanes.size());
  const uint32_t done =
      IMB_SUBMIT_CIPHER_BURST(buffers_.get(), jobs, count, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT, IMB_KEY_256_BYTES);
  if (done == count) return absl::OkStatus();
  const int error = imb_get_errno(buffers_.get());
  buffers_.Discard();
  return absl::InternalError(absl::StrCat("cannot compute a mask: ", imb_get_strerror(error)));
}

#endif

}  // namespace accord
