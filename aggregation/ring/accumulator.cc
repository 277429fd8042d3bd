#include "aggregation/ring/accumulator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

void AddElements(const uint32_t* __restrict chunk, size_t size, uint32_t* __restrict sum) {
  for (size_t i = 0; i < size; ++i) sum[i] += chunk[i];
}

void SubtractElements(const uint32_t* __restrict chunk, size_t size, uint32_t* __restrict sum) {
  for (size_t i = 0; i < size; ++i) sum[i] -= chunk[i];
}

}  // namespace

absl::StatusOr<Accumulator> Accumulator::Create(uint64_t num_elements) {
  ACCORD_ASSIGN_OR_RETURN(RingVector sum, RingVector::Create(num_elements));
  return Accumulator(std::move(sum));
}

Accumulator Accumulator::CreateIn(RingVector memory) {
  std::fill_n(memory.elements().data(), memory.size(), 0u);
  return Accumulator(std::move(memory));
}

absl::Status Accumulator::CheckFits(uint64_t offset, size_t size) const {
  if (offset <= sum_.size() && size <= sum_.size() - offset) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat("a chunk of ", size, " elements at ", offset, " reaches over the end of a vector of ", sum_.size()));
}

absl::Status Accumulator::Subtract(uint64_t offset, absl::Span<const uint32_t> chunk) {
  ACCORD_RETURN_IF_ERROR(CheckFits(offset, chunk.size()));
  if (chunk.size() > elements_added_) return absl::FailedPreconditionError("more is taken out than was added");
  SubtractElements(chunk.data(), chunk.size(), sum_.elements().data() + offset);
  elements_added_ -= chunk.size();
  return absl::OkStatus();
}

absl::Status Accumulator::Add(uint64_t offset, absl::Span<const uint32_t> chunk) {
  ACCORD_RETURN_IF_ERROR(CheckFits(offset, chunk.size()));
  AddElements(chunk.data(), chunk.size(), sum_.elements().data() + offset);
  elements_added_ += chunk.size();
  return absl::OkStatus();
}

absl::StatusOr<RingVector> Accumulator::Report() && {
  if (!CanReport()) {
    return absl::FailedPreconditionError(absl::StrCat("a vector is in the sum only in part: ", elements_added_,
                                                      " elements were added to vectors of ", sum_.size()));
  }
  return std::move(sum_);
}

}  // namespace accord
