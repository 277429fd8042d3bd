// Looks at memory when it is given back: was it overwritten before? Replaces this program's operators new and delete.
#pragma once

#include <cstddef>

namespace accord {

// Watches while it lives. Not thread-safe; one at a time.
class FreedMemory {
 public:
  // Blocks of this size are looked at; nothing else in the program may have it. A string of one byte less is in one.
  static constexpr size_t kWatchedSize = 7919;

  FreedMemory();
  ~FreedMemory();
  FreedMemory(const FreedMemory&) = delete;
  FreedMemory& operator=(const FreedMemory&) = delete;

  int num_wiped() const;     // given back all zero
  int num_readable() const;  // given back with something in them
};

}  // namespace accord
