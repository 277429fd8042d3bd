#include "coordinator/transfer/possible_vector.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "aggregation/programs/step_schema.h"
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

int64_t SignedElement(ConstRingBytes elements, size_t i) {
  const size_t element_bytes = ElementBytes(elements.ring());
  uint64_t value = 0;
  for (size_t b = element_bytes; b-- > 0;) value = value << 8 | elements.data()[i * element_bytes + b];
  const int unused = 64 - static_cast<int>(BitsOf(elements.ring()));
  return static_cast<int64_t>(value << unused) >> unused;
}

struct PlacedSums {
  const VectorSchema::PlacedBlock* rows;
  const VectorSchema::PlacedBlock* present;
  const VectorSchema::PlacedBlock* sum;
  const VectorSchema::PlacedBlock* squares;
};

// Each present row adds at most 1 to |sum| and to the sum of squares, both of which are sent as shares of
// max_rows_per_site: without this one site without rows could move the mean of everybody's column to its end.
bool IsPossibleColumn(const PlacedSums& placed, ConstRingBytes vector, size_t column) {
  const auto element = [&](const VectorSchema::PlacedBlock* block, size_t i) {
    return SignedElement(vector, block->offset + i);
  };
  const int64_t present = element(placed.present, column);
  if (present < 0 || present > element(placed.rows, 0)) return false;
  const double rows = static_cast<double>(present);
  // One unit for the rounding, and what adding so many numbers can be off by (Higham, section 4.2).
  const double most = rows / placed.rows->block.bound * placed.sum->scale;
  const double allowed = most * (1 + (rows + 8) * 0x1p-53) + 1;
  const int64_t squares = element(placed.squares, column);
  return std::abs(static_cast<double>(element(placed.sum, column))) <= allowed && squares >= 0 &&
         static_cast<double>(squares) <= allowed;
}

// True for the vector of any other step.
absl::StatusOr<bool> HasPossibleStatistics(const VectorSchema& schema, const StagedUpload& upload) {
  const PlacedSums placed = {schema.Find(kRowsBlock), schema.Find(kPresentBlock), schema.Find(kSumBlock),
                             schema.Find(kSumOfSquaresBlock)};
  if (placed.rows == nullptr || placed.present == nullptr || placed.sum == nullptr || placed.squares == nullptr) {
    return true;
  }
  std::vector<char> bytes(schema.num_bytes());  // a few numbers for each column
  ACCORD_RETURN_IF_ERROR(upload.Read(0, absl::MakeSpan(bytes)));
  const ConstRingBytes vector(schema.ring(),
                              absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  for (size_t column = 0; column < placed.present->block.num_elements; ++column) {
    if (!IsPossibleColumn(placed, vector, column)) return false;
  }
  return true;
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
  ACCORD_ASSIGN_OR_RETURN(const bool possible, HasPossibleStatistics(schema, upload));
  if (possible) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the vector's sums of columns are beyond what the rows that it counts can add up to, which no site's trainer "
      "makes; do both run the same version of Accord?");
}

}  // namespace accord
