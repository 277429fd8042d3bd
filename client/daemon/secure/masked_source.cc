#include "client/daemon/secure/masked_source.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/status.h"

namespace accord {
namespace {

// Small enough to stay in the second-level cache while it is copied, masked and hashed.
constexpr size_t kTileBytes = size_t{64} << 10;
// Masks are fastest from the beginning of a cipher's block on, which this many elements of any ring fill.
constexpr size_t kBlockElements = 4;
// Room for a tile that begins within such a block and ends within an element.
constexpr size_t kRoomBytes = kTileBytes + (kBlockElements + 1) * sizeof(uint64_t);

}  // namespace

MaskedSource::MaskedSource(ConstRingBytes vector, std::shared_ptr<const secure::MaskSet> masks)
    : vector_(vector), masks_(std::move(masks)) {}

absl::Status MaskedSource::Fill(uint64_t offset, absl::Span<uint8_t> out) {
  if (offset > num_bytes() || out.size() > num_bytes() - offset) {
    return absl::OutOfRangeError("the coordinator asks for more than the vector has");
  }
  ACCORD_RETURN_IF_ERROR(CatchUp(offset));
  ACCORD_RETURN_IF_ERROR(Mask(offset, out));
  if (offset + out.size() > hashed_) Hash(out.subspan(hashed_ - offset));
  return absl::OkStatus();
}

absl::Status MaskedSource::Mask(uint64_t offset, absl::Span<uint8_t> out) const {
  alignas(uint64_t) uint8_t tile[kRoomBytes];
  const size_t element_bytes = ElementBytes(vector_.ring());
  for (size_t done = 0; done < out.size(); done += kTileBytes) {
    const size_t size = std::min(kTileBytes, out.size() - done);
    const uint64_t first = (offset + done) / element_bytes / kBlockElements * kBlockElements;
    const size_t skipped = offset + done - first * element_bytes;
    uint8_t* const place = out.data() + done;
    const bool whole = skipped == 0 && size % element_bytes == 0;
    if (whole && reinterpret_cast<uintptr_t>(place) % alignof(uint64_t) == 0) {
      ACCORD_RETURN_IF_ERROR(MaskElements(first, size / element_bytes, place));
      continue;
    }
    ACCORD_RETURN_IF_ERROR(MaskElements(first, (skipped + size + element_bytes - 1) / element_bytes, tile));
    std::memcpy(place, tile + skipped, size);
  }
  return absl::OkStatus();
}

absl::Status MaskedSource::MaskElements(uint64_t first, size_t count, uint8_t* bytes) const {
  const ConstRingBytes part = vector_.subspan(first, count);
  if (vector_.ring() == RingWidth::k24) {
    uint32_t words[kRoomBytes / 3];
    Unpack24(part.data(), count, words);
    ACCORD_RETURN_IF_ERROR(masks_->Apply(first, absl::MakeSpan(words, count)));
    Pack24(words, count, bytes);
    return absl::OkStatus();
  }
  std::memcpy(bytes, part.data(), part.bytes().size());
  if (vector_.ring() == RingWidth::k64) {
    return masks_->Apply(first, absl::MakeSpan(reinterpret_cast<uint64_t*>(bytes), count));
  }
  return masks_->Apply(first, absl::MakeSpan(reinterpret_cast<uint32_t*>(bytes), count));
}

absl::Status MaskedSource::CatchUp(uint64_t offset) {
  std::vector<uint8_t> tile;
  while (hashed_ < offset) {
    tile.resize(std::min<uint64_t>(kTileBytes, offset - hashed_));
    ACCORD_RETURN_IF_ERROR(Mask(hashed_, absl::MakeSpan(tile)));
    Hash(tile);
  }
  return absl::OkStatus();
}

void MaskedSource::Hash(absl::Span<const uint8_t> bytes) {
  hasher_.Update(bytes);
  hashed_ += bytes.size();
  if (hashed_ == num_bytes()) payload_digest_ = HexDigest(hasher_.Finish());
}

}  // namespace accord
