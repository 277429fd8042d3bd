#include "coordinator/transfer/possible_vector.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "aggregation/ring/codec.h"
#include "aggregation/ring/ring_bytes.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kCheckedElements = 1 << 16;  // at a time

// The sign is the highest bit of an element's last byte, whatever the ring.
bool HasNegativeCount(const VectorSchema& schema, uint64_t first, ConstRingBytes tile) {
  const size_t element_bytes = ElementBytes(tile.ring());
  for (const VectorSchema::PlacedBlock& placed : schema.blocks()) {
    if (placed.block.kind != VectorBlock::Kind::kCount) continue;
    const uint64_t begin = std::max(first, placed.offset);
    const uint64_t end = std::min(first + tile.size(), placed.offset + placed.block.num_elements);
    for (uint64_t i = begin; i < end; ++i) {
      if ((tile.data()[(i - first + 1) * element_bytes - 1] & 0x80) != 0) return true;
    }
  }
  return false;
}

}  // namespace

absl::Status CheckWithinBounds(const VectorSchema& schema, const StagedUpload& upload) {
  const size_t element_bytes = ElementBytes(schema.ring());
  std::vector<char> tile(std::min(kCheckedElements, schema.num_elements()) * element_bytes);
  for (uint64_t first = 0; first < schema.num_elements(); first += kCheckedElements) {
    const uint64_t size = std::min(kCheckedElements, schema.num_elements() - first);
    const absl::Span<char> bytes = absl::MakeSpan(tile).first(size * element_bytes);
    ACCORD_RETURN_IF_ERROR(upload.Read(first * element_bytes, bytes));
    const ConstRingBytes elements(schema.ring(),
                                  absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    if (WithinBounds(schema, first, elements) && !HasNegativeCount(schema, first, elements)) continue;
    return absl::InvalidArgumentError(
        "the vector has numbers beyond the bounds of its job (update_bound, max_rows_per_site; no count is negative), "
        "which no site's daemon lets out; do both run the same version of Accord?");
  }
  return absl::OkStatus();
}

}  // namespace accord
