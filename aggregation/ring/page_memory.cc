#include "aggregation/ring/page_memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {

absl::StatusOr<PageMemory> PageMemory::Create(uint64_t num_bytes) {
  if (num_bytes == 0 || num_bytes > uint64_t{1} << 43) {
    return absl::InvalidArgumentError(absl::StrCat("memory of ", num_bytes, " bytes: it must be 1 to 2^43"));
  }
  void* memory = mmap(nullptr, num_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, /*fd=*/-1, /*offset=*/0);
  if (memory == MAP_FAILED) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory for a vector of ", num_bytes >> 20, " MiB: ", std::strerror(errno)));
  }
  madvise(memory, num_bytes, MADV_HUGEPAGE);  // a hint: not every kernel has them
  return PageMemory(static_cast<uint8_t*>(memory), num_bytes);
}

PageMemory::PageMemory(PageMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

PageMemory& PageMemory::operator=(PageMemory&& other) noexcept {
  if (this != &other) {
    Release();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void PageMemory::Release() {
  if (data_ != nullptr) munmap(data_, size_);
}

}  // namespace accord
