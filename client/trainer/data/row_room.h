// How much room the rows of a table may take, and where.
#pragma once

#include <cstdint>

namespace accord {

struct RowRoom {
  uint64_t memory_bytes = UINT64_MAX;  // most that rows take in memory; more go to the scratch file, if there is one
  int scratch_fd = -1;                 // stays the caller's, who keeps it open as long as the rows
  uint64_t scratch_bytes = 0;          // 0: there is none, and all rows are kept in memory
  bool keep = true;                    // false: rows are looked at and counted only
};

// Whether the next row goes to the scratch file. `bytes` are in memory; `grows`: its vector is full, and growing takes
// three times what is in it for a moment.
inline bool MustLeaveMemory(const RowRoom& room, uint64_t bytes, uint64_t row_bytes, bool grows) {
  return room.scratch_bytes > 0 && (bytes + row_bytes > room.memory_bytes || (grows && bytes > room.memory_bytes / 2));
}

}  // namespace accord
