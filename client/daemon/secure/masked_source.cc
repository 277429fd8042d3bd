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

}  // namespace

MaskedSource::MaskedSource(absl::Span<const uint8_t> vector, std::shared_ptr<const secure::MaskSet> masks)
    : vector_(vector), masks_(std::move(masks)) {}

absl::Status MaskedSource::Fill(uint64_t offset, absl::Span<uint8_t> out) {
  if (offset % sizeof(uint32_t) != 0 || out.size() % sizeof(uint32_t) != 0) {
    return absl::InvalidArgumentError("the coordinator asks for a part of a number");
  }
  if (offset > vector_.size() || out.size() > vector_.size() - offset) {
    return absl::OutOfRangeError("the coordinator asks for more than the vector has");
  }
  ACCORD_RETURN_IF_ERROR(CatchUp(offset));
  ACCORD_RETURN_IF_ERROR(Mask(offset, out));
  if (offset + out.size() > hashed_) Hash(out.subspan(hashed_ - offset));
  return absl::OkStatus();
}

absl::Status MaskedSource::Mask(uint64_t offset, absl::Span<uint8_t> out) const {
  uint32_t tile[kTileBytes / sizeof(uint32_t)];
  for (size_t done = 0; done < out.size(); done += kTileBytes) {
    const size_t size = std::min(kTileBytes, out.size() - done);
    std::memcpy(tile, vector_.data() + offset + done, size);
    ACCORD_RETURN_IF_ERROR(
        masks_->Apply((offset + done) / sizeof(uint32_t), absl::MakeSpan(tile, size / sizeof(uint32_t))));
    std::memcpy(out.data() + done, tile, size);
  }
  return absl::OkStatus();
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
  if (hashed_ == vector_.size()) payload_digest_ = HexDigest(hasher_.Finish());
}

}  // namespace accord
