#include "aggregation/ring/ring_vector.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {

absl::StatusOr<RingVector> RingVector::Create(uint64_t num_elements) {
  if (num_elements == 0 || num_elements > uint64_t{1} << 40) {
    return absl::InvalidArgumentError(absl::StrCat("a vector of ", num_elements, " elements: it must have 1 to 2^40"));
  }
  void* memory = mmap(nullptr, num_elements * sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                      /*fd=*/-1, /*offset=*/0);
  if (memory == MAP_FAILED) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory for a vector of ", num_elements, " elements (",
                                                     num_elements * sizeof(uint32_t) >> 20,
                                                     " MiB): ", std::strerror(errno)));
  }
  madvise(memory, num_elements * sizeof(uint32_t), MADV_HUGEPAGE);  // a hint: not every kernel has them
  return RingVector(static_cast<uint32_t*>(memory), num_elements);
}

RingVector::RingVector(RingVector&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

RingVector& RingVector::operator=(RingVector&& other) noexcept {
  if (this != &other) {
    Release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void RingVector::Release() {
  if (data_ != nullptr) munmap(data_, size_ * sizeof(uint32_t));
}

}  // namespace accord
