#include "tests/base/freed_memory.h"

#include <malloc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

bool watching = false;
int num_freed_wiped = 0;
int num_freed_readable = 0;

void Look(void* block) {
  constexpr size_t kWatched = accord::FreedMemory::kWatchedSize;
  if (!watching || block == nullptr) return;
  const size_t usable = malloc_usable_size(block);  // a little more than was asked for
  if (usable < kWatched || usable >= kWatched + 2 * sizeof(std::max_align_t)) return;
  const auto* bytes = static_cast<const uint8_t*>(block);
  const bool wiped = std::all_of(bytes, bytes + kWatched, [](uint8_t byte) { return byte == 0; });
  ++(wiped ? num_freed_wiped : num_freed_readable);
}

}  // namespace

void* operator new(size_t size) {
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc();
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* block) noexcept {
  Look(block);
  std::free(block);
}
void operator delete(void* block, size_t) noexcept {
  Look(block);
  std::free(block);
}

namespace accord {

FreedMemory::FreedMemory() {
  num_freed_wiped = num_freed_readable = 0;
  watching = true;
}
FreedMemory::~FreedMemory() { watching = false; }
int FreedMemory::num_wiped() const { return num_freed_wiped; }
int FreedMemory::num_readable() const { return num_freed_readable; }

}  // namespace accord
