#include "aggregation/secure/mask_stream.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/openssl.h"
#include "base/status.h"

namespace accord {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "key streams are read as little-endian elements");

namespace {

constexpr size_t kSeedSize = 32;
constexpr size_t kBlockBytes = 16;
// Measured with OpenSSL 3.0: a call of EVP_EncryptUpdate costs 35 ns beside the bytes, 4 KiB of key stream 500 ns. Four
// streams and the tile they are added to fit the first cache (32 KiB), and one pass over the tile adds all four.
constexpr size_t kTileBytes = 4096;
constexpr size_t kLanes = 4;
// CTR gives the key stream exclusive-or the input, and the input is zero because masks are added.
alignas(64) constexpr uint8_t kZeros[kTileBytes] = {};

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
    return stream;
  }

  // The next `size` bytes, at most kTileBytes.
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

// A tile's worth of up to kLanes key streams. Wiped: it is part of the masks.
template <typename Element>
struct Lanes {
  static constexpr size_t kElements = kTileBytes / sizeof(Element);
  Lanes() {}  // NOLINT: what is read was written first
  ~Lanes() { OPENSSL_cleanse(streams, sizeof(streams)); }
  alignas(64) Element streams[kLanes][kElements];
};

// -x is (x ^ ~0) + 1, so a lane's sign costs one exclusive-or and all signs together one constant.
template <size_t kCount, typename Element>
void AddLanes(const Lanes<Element>& lanes, const Element* flips, absl::Span<Element> tile) {
  Element constant = 0;
  std::array<Element, kCount> flip;
  for (size_t lane = 0; lane < kCount; ++lane) {
    flip[lane] = flips[lane];
    constant -= flips[lane];
  }
  Element* __restrict values = tile.data();
  const size_t size = tile.size();
  for (size_t i = 0; i < size; ++i) {
    Element sum = constant;
    for (size_t lane = 0; lane < kCount; ++lane) sum += lanes.streams[lane][i] ^ flip[lane];
    values[i] += sum;
  }
}

template <typename Element>
void AddLanes(size_t count, const Lanes<Element>& lanes, const Element* flips, absl::Span<Element> tile) {
  switch (count) {
    case 1:
      return AddLanes<1>(lanes, flips, tile);
    case 2:
      return AddLanes<2>(lanes, flips, tile);
    case 3:
      return AddLanes<3>(lanes, flips, tile);
    default:
      return AddLanes<kLanes>(lanes, flips, tile);
  }
}

// Adds the next tile.size() elements of every stream.
template <typename Element>
absl::Status MaskTile(std::vector<KeyStream>& streams, const std::vector<Element>& flips, Lanes<Element>& lanes,
                      absl::Span<Element> tile) {
  for (size_t first = 0; first < streams.size(); first += kLanes) {
    const size_t count = std::min(kLanes, streams.size() - first);
    for (size_t lane = 0; lane < count; ++lane) {
      ACCORD_RETURN_IF_ERROR(streams[first + lane].Read(lanes.streams[lane], tile.size() * sizeof(Element)));
    }
    AddLanes(count, lanes, &flips[first], tile);
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
  std::vector<Element> flips;
  streams.reserve(masks.size());
  flips.reserve(masks.size());
  for (const SignedMask& mask : masks) {
    ACCORD_ASSIGN_OR_RETURN(KeyStream stream, KeyStream::Open(mask.stream, offset * sizeof(Element)));
    streams.push_back(std::move(stream));
    flips.push_back(mask.sign == MaskSign::kPlus ? Element{0} : static_cast<Element>(~Element{0}));
  }
  Lanes<Element> lanes;
  // The first tile may be short, so that the others begin with a whole block.
  size_t size = Lanes<Element>::kElements - offset % Lanes<Element>::kElements;
  while (!values.empty()) {
    ACCORD_RETURN_IF_ERROR(MaskTile(streams, flips, lanes, values.subspan(0, size)));
    values.remove_prefix(std::min(size, values.size()));
    size = Lanes<Element>::kElements;
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
