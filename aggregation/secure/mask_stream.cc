#include "aggregation/secure/mask_stream.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/mask_lanes.h"
#include "base/openssl.h"
#include "base/status.h"

namespace accord {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "key streams are read as little-endian elements");

namespace {

constexpr size_t kSeedSize = 32;
constexpr size_t kBlockBytes = 16;
// CTR gives the key stream exclusive-or the input, and the input is zero because masks are added.
alignas(64) constexpr uint8_t kZeros[kMaskTileBytes] = {};

}  // namespace

// One mask's key stream, from some byte of it onwards.
class KeyStream {
 public:
  static absl::StatusOr<KeyStream> Open(const MaskStream* mask, uint64_t byte_offset) {
    if (mask == nullptr || mask->keyed_ == nullptr) return absl::InvalidArgumentError("a mask without a stream");
    CipherContextHandle context(EVP_CIPHER_CTX_new());
    uint8_t counter[kBlockBytes] = {};  // big-endian
    const uint64_t block = byte_offset / kBlockBytes;
    for (size_t i = 0; i < sizeof(block); ++i) counter[kBlockBytes - 1 - i] = static_cast<uint8_t>(block >> (8 * i));
    if (context == nullptr || EVP_CIPHER_CTX_copy(context.get(), mask->keyed_.get()) != 1 ||
        EVP_EncryptInit_ex(context.get(), nullptr, nullptr, nullptr, counter) != 1) {
      return OpenSslError("start a mask");
    }
    KeyStream stream(std::move(context));
    uint8_t skipped[kBlockBytes];
    ACCORD_RETURN_IF_ERROR(stream.Read(skipped, byte_offset % kBlockBytes));
    OPENSSL_cleanse(skipped, sizeof(skipped));
    return stream;
  }

  // The next `size` bytes, at most kMaskTileBytes.
  absl::Status Read(void* bytes, size_t size) {
    int written = 0;
    if (EVP_EncryptUpdate(context_.get(), static_cast<uint8_t*>(bytes), &written, kZeros, static_cast<int>(size)) !=
        1) {
      return OpenSslError("compute a mask");
    }
    return absl::OkStatus();
  }

 private:
  explicit KeyStream(CipherContextHandle context) : context_(std::move(context)) {}
  CipherContextHandle context_;
};

namespace {

// Adds the next tile.size() elements of every stream.
template <typename Element>
absl::Status MaskTile(std::vector<KeyStream>& streams, absl::Span<const SignedMask> masks, MaskLanes<Element>& lanes,
                      absl::Span<Element> tile) {
  for (size_t first = 0; first < streams.size(); first += kMaskLanes) {
    const size_t count = std::min(kMaskLanes, streams.size() - first);
    for (size_t lane = 0; lane < count; ++lane) {
      ACCORD_RETURN_IF_ERROR(streams[first + lane].Read(lanes.streams[lane], tile.size() * sizeof(Element)));
      lanes.flips[lane] = masks[first + lane].sign == MaskSign::kPlus ? Element{0} : static_cast<Element>(~Element{0});
    }
    AddLanes(lanes, count, tile);
  }
  return absl::OkStatus();
}

template <typename Element>
absl::Status ApplyAll(absl::Span<const SignedMask> masks, uint64_t offset, absl::Span<Element> values) {
  if (offset > kMaxMaskedElements || values.size() > kMaxMaskedElements - offset) {
    return absl::OutOfRangeError(
        absl::StrCat(values.size(), " elements from ", offset, " on are more than a mask has"));
  }
  std::vector<KeyStream> streams;
  streams.reserve(masks.size());
  for (const SignedMask& mask : masks) {
    ACCORD_ASSIGN_OR_RETURN(KeyStream stream, KeyStream::Open(mask.stream, offset * sizeof(Element)));
    streams.push_back(std::move(stream));
  }
  MaskLanes<Element> lanes;
  // The first tile may be short, so that the others begin with a whole block.
  size_t size = MaskLanes<Element>::kElements - offset % MaskLanes<Element>::kElements;
  while (!values.empty()) {
    ACCORD_RETURN_IF_ERROR(MaskTile(streams, masks, lanes, values.subspan(0, size)));
    values.remove_prefix(std::min(size, values.size()));
    size = MaskLanes<Element>::kElements;
  }
  return absl::OkStatus();
}

}  // namespace

void MaskStream::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

absl::StatusOr<MaskStream> MaskStream::Create(const SecretBytes& seed) {
  if (seed.size() != kSeedSize) {
    return absl::InvalidArgumentError(absl::StrCat("a mask's seed has ", kSeedSize, " bytes, not ", seed.size()));
  }
  Handle context(EVP_CIPHER_CTX_new());
  if (context == nullptr ||
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, seed.Reveal().data(), nullptr) != 1) {
    return OpenSslError("set up a mask");
  }
  return MaskStream(std::move(context));
}

absl::Status MaskStream::Apply(MaskSign sign, uint64_t offset_elements, absl::Span<uint32_t> values) const {
  return ApplyMasks({{this, sign}}, offset_elements, values);
}

absl::Status MaskStream::Apply(MaskSign sign, uint64_t offset_elements, absl::Span<uint64_t> values) const {
  return ApplyMasks({{this, sign}}, offset_elements, values);
}

absl::Status ApplyMasks(absl::Span<const SignedMask> masks, uint64_t offset_elements, absl::Span<uint32_t> values) {
  return ApplyAll(masks, offset_elements, values);
}

absl::Status ApplyMasks(absl::Span<const SignedMask> masks, uint64_t offset_elements, absl::Span<uint64_t> values) {
  return ApplyAll(masks, offset_elements, values);
}

}  // namespace accord
