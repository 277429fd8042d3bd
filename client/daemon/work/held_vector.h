// The vector that a trainer wrote, as this daemon's own: checked, hashed, and out of the trainer's reach.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/ring/vector_schema.h"

namespace accord {

// Movable.
class HeldVector {
 public:
  // Reads `schema.num_bytes()` from the memory file `fd` into memory of this process first (the trainer may still have
  // the file mapped, and change it, while it is looked at). INVALID_ARGUMENT when an element is larger than one site's
  // may be: the trainer lied or failed. Nothing of such a vector may leave.
  static absl::StatusOr<HeldVector> Take(int fd, const VectorSchema& schema);

  absl::Span<const uint8_t> bytes() const {
    return absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(elements_.get()), num_elements_ * sizeof(uint32_t));
  }
  const std::string& sha256() const { return sha256_; }

 private:
  HeldVector(std::unique_ptr<uint32_t[]> elements, uint64_t num_elements)
      : elements_(std::move(elements)), num_elements_(num_elements) {}

  std::unique_ptr<uint32_t[]> elements_;
  uint64_t num_elements_;
  std::string sha256_;
};

}  // namespace accord
