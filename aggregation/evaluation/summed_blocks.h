// One summed vector, read block by block. For this folder and aggregation/metrics.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "aggregation/ring/ring_sums.h"
#include "aggregation/ring/vector_schema.h"

namespace accord {

// What it shows outlives it.
struct SummedBlocks {
  const VectorSchema& schema;
  RingSums elements;

  // Empty where the step has no such block.
  RingSums Block(absl::string_view name) const {
    const VectorSchema::PlacedBlock* placed = schema.Find(name);
    return placed == nullptr ? RingSums() : elements.subspan(placed->offset, placed->block.num_elements);
  }
  // A block of one number, decoded.
  std::optional<double> Number(absl::string_view name) const {
    const VectorSchema::PlacedBlock* placed = schema.Find(name);
    if (placed == nullptr) return std::nullopt;
    return static_cast<double>(elements[placed->offset]) / placed->scale;
  }
  // A block of one count; 0 when it is missing or impossible.
  uint64_t Count(absl::string_view name) const {
    return static_cast<uint64_t>(std::max(0.0, Number(name).value_or(0)));
  }
  // All numbers of a block, decoded; what a lying site pushed below 0 is 0.
  std::vector<double> Numbers(absl::string_view name) const {
    const VectorSchema::PlacedBlock* placed = schema.Find(name);
    std::vector<double> numbers(placed == nullptr ? 0 : placed->block.num_elements);
    for (size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = std::max(0.0, static_cast<double>(elements[placed->offset + i]) / placed->scale);
    }
    return numbers;
  }
};

}  // namespace accord
