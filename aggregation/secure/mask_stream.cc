#include "aggregation/secure/mask_stream.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/key_streams.h"
#include "aggregation/secure/mask_lanes.h"
#include "base/status.h"

namespace accord {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "key streams are read as little-endian elements");

// The keys of `masks`, in order.
struct MaskKeys {
  static absl::StatusOr<std::vector<const MaskKey*>> Of(absl::Span<const SignedMask> masks) {
    std::vector<const MaskKey*> keys;
    keys.reserve(masks.size());
    for (const SignedMask& mask : masks) {
      if (mask.stream == nullptr || mask.stream->key_ == nullptr) {
        return absl::InvalidArgumentError("a mask without a stream");
      }
      keys.push_back(mask.stream->key_.get());
    }
    return keys;
  }
};

namespace {

// Adds the next tile.size() elements of every stream.
template <typename Streams, typename Element>
absl::Status MaskTile(Streams& streams, absl::Span<const SignedMask> masks, MaskLanes<Element>& lanes,
                      absl::Span<Element> tile) {
  uint8_t* bytes[kMaskLanes];
  for (size_t first = 0; first < masks.size(); first += kMaskLanes) {
    const size_t count = std::min(kMaskLanes, masks.size() - first);
    for (size_t lane = 0; lane < count; ++lane) {
      bytes[lane] = reinterpret_cast<uint8_t*>(lanes.streams[lane]);
      lanes.flips[lane] = masks[first + lane].sign == MaskSign::kPlus ? Element{0} : static_cast<Element>(~Element{0});
    }
    ACCORD_RETURN_IF_ERROR(streams.Read(first, tile.size() * sizeof(Element), absl::MakeConstSpan(bytes).first(count)));
    AddLanes(lanes, count, tile);
  }
  streams.Advance(tile.size() * sizeof(Element));
  return absl::OkStatus();
}

template <typename Streams, typename Element>
absl::Status MaskTiles(Streams streams, absl::Span<const SignedMask> masks, uint64_t offset,
                       absl::Span<Element> values) {
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

template <typename Element>
absl::Status ApplyAll(absl::Span<const SignedMask> masks, uint64_t offset, absl::Span<Element> values) {
  if (offset > kMaxMaskedElements || values.size() > kMaxMaskedElements - offset) {
    return absl::OutOfRangeError(
        absl::StrCat(values.size(), " elements from ", offset, " on are more than a mask has"));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::vector<const MaskKey*> keys, MaskKeys::Of(masks));
  const uint64_t byte_offset = offset * sizeof(Element);
#ifdef ACCORD_IPSEC_MB
  if (auto wide = WideStreams::Open(keys, byte_offset, values.size() * sizeof(Element)); wide.has_value()) {
    return MaskTiles(*std::move(wide), masks, offset, values);
  }
#endif
  ACCORD_ASSIGN_OR_RETURN(OpenSslStreams streams, OpenSslStreams::Open(keys, byte_offset));
  return MaskTiles(std::move(streams), masks, offset, values);
}

}  // namespace

void MaskStream::Free::operator()(const MaskKey* key) const { delete key; }

absl::StatusOr<MaskStream> MaskStream::Create(const SecretBytes& seed) {
  ACCORD_ASSIGN_OR_RETURN(MaskKey key, MaskKey::Create(seed));
  MaskStream stream;
  stream.key_.reset(new MaskKey(std::move(key)));
  return stream;
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
