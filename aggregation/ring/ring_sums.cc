#include "aggregation/ring/ring_sums.h"

#include "base/hot_loop.h"

namespace accord {
namespace {

// One loop for each width, so that each is as plain as it can be.
ACCORD_HOT_LOOP void Multiply(const uint32_t* words, double factor, size_t size, double* out) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<int32_t>(words[i]) * factor;
}
ACCORD_HOT_LOOP void Multiply24(const uint32_t* words, double factor, size_t size, double* out) {
  for (size_t i = 0; i < size; ++i) out[i] = (static_cast<int32_t>(words[i] << 8) >> 8) * factor;
}
ACCORD_HOT_LOOP void Multiply(const uint64_t* words, double factor, size_t size, double* out) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<double>(static_cast<int64_t>(words[i])) * factor;
}

ACCORD_HOT_LOOP void Divide(const uint32_t* words, double divisor, size_t size, double* out) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<int32_t>(words[i]) / divisor;
}
ACCORD_HOT_LOOP void Divide24(const uint32_t* words, double divisor, size_t size, double* out) {
  for (size_t i = 0; i < size; ++i) out[i] = (static_cast<int32_t>(words[i] << 8) >> 8) / divisor;
}
ACCORD_HOT_LOOP void Divide(const uint64_t* words, double divisor, size_t size, double* out) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<double>(static_cast<int64_t>(words[i])) / divisor;
}

}  // namespace

void RingSums::Multiplied(double factor, absl::Span<double> out) const {
  const size_t size = std::min(size_, out.size());
  switch (ring_) {
    case RingWidth::k24:
      return Multiply24(narrow_, factor, size, out.data());
    case RingWidth::k32:
      return Multiply(narrow_, factor, size, out.data());
    case RingWidth::k64:
      return Multiply(wide_, factor, size, out.data());
  }
}

void RingSums::Divided(double divisor, absl::Span<double> out) const {
  const size_t size = std::min(size_, out.size());
  switch (ring_) {
    case RingWidth::k24:
      return Divide24(narrow_, divisor, size, out.data());
    case RingWidth::k32:
      return Divide(narrow_, divisor, size, out.data());
    case RingWidth::k64:
      return Divide(wide_, divisor, size, out.data());
  }
}

RingSums RingSums::subspan(size_t first, size_t count) const {
  RingSums part = *this;
  first = std::min(first, size_);
  part.size_ = std::min(count, size_ - first);
  if (part.narrow_ != nullptr) part.narrow_ += first;
  if (part.wide_ != nullptr) part.wide_ += first;
  return part;
}

}  // namespace accord
