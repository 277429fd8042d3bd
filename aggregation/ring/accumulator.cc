#include "aggregation/ring/accumulator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

template <typename Word>
void AddElements(const Word* __restrict chunk, size_t size, Word* __restrict sum) {
  for (size_t i = 0; i < size; ++i) sum[i] += chunk[i];
}

template <typename Word>
void SubtractElements(const Word* __restrict chunk, size_t size, Word* __restrict sum) {
  for (size_t i = 0; i < size; ++i) sum[i] -= chunk[i];
}

constexpr size_t kTile = 2048;  // unpacked elements that stay in the first cache

// Calls `apply` with the words of each tile of packed elements, its size, and its place in the sum.
template <typename Apply>
void ForEachTile(ConstRingBytes chunk, uint32_t* sum, Apply apply) {
  uint32_t tile[kTile];
  for (size_t first = 0; first < chunk.size(); first += kTile) {
    const ConstRingBytes part = chunk.subspan(first, kTile);
    Unpack24(part.data(), part.size(), tile);
    apply(tile, part.size(), sum + first);
  }
}

void AddChunk(ConstRingBytes chunk, uint64_t offset, RingVector& sum) {
  switch (chunk.ring()) {
    case RingWidth::k24:
      return ForEachTile(chunk, sum.elements().data() + offset, AddElements<uint32_t>);
    case RingWidth::k32:
      return AddElements(chunk.words(), chunk.size(), sum.elements().data() + offset);
    case RingWidth::k64:
      return AddElements(chunk.wide_words(), chunk.size(), sum.wide_elements().data() + offset);
  }
}

void SubtractChunk(ConstRingBytes chunk, uint64_t offset, RingVector& sum) {
  switch (chunk.ring()) {
    case RingWidth::k24:
      return ForEachTile(chunk, sum.elements().data() + offset, SubtractElements<uint32_t>);
    case RingWidth::k32:
      return SubtractElements(chunk.words(), chunk.size(), sum.elements().data() + offset);
    case RingWidth::k64:
      return SubtractElements(chunk.wide_words(), chunk.size(), sum.wide_elements().data() + offset);
  }
}

}  // namespace

absl::StatusOr<Accumulator> Accumulator::Create(uint64_t num_elements, RingWidth ring) {
  ACCORD_ASSIGN_OR_RETURN(RingVector sum, RingVector::Create(num_elements, ring));
  return Accumulator(std::move(sum));
}

Accumulator Accumulator::CreateIn(RingVector memory) {
  std::fill_n(memory.elements().data(), memory.elements().size(), 0u);
  std::fill_n(memory.wide_elements().data(), memory.wide_elements().size(), 0u);
  return Accumulator(std::move(memory));
}

absl::Status Accumulator::CheckFits(uint64_t offset, ConstRingBytes chunk) const {
  if (chunk.ring() != sum_.ring()) {
    return absl::InvalidArgumentError(
        absl::StrCat("elements of ", BitsOf(chunk.ring()), " bits for a sum of ", BitsOf(sum_.ring())));
  }
  if (offset <= sum_.size() && chunk.size() <= sum_.size() - offset) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("a chunk of ", chunk.size(), " elements at ", offset,
                                            " reaches over the end of a vector of ", sum_.size()));
}

absl::Status Accumulator::Subtract(uint64_t offset, ConstRingBytes chunk) {
  ACCORD_RETURN_IF_ERROR(CheckFits(offset, chunk));
  if (chunk.size() > elements_added_) return absl::FailedPreconditionError("more is taken out than was added");
  SubtractChunk(chunk, offset, sum_);
  elements_added_ -= chunk.size();
  return absl::OkStatus();
}

absl::Status Accumulator::Add(uint64_t offset, ConstRingBytes chunk) {
  ACCORD_RETURN_IF_ERROR(CheckFits(offset, chunk));
  AddChunk(chunk, offset, sum_);
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
