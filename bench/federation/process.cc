#include "bench/federation/process.h"

#include <cstdlib>

#include "base/status.h"

namespace accord::bench {

absl::StatusOr<double> PeakMemoryMib(pid_t pid) {
  ACCORD_ASSIGN_OR_RETURN(const ProcessMemory memory, MemoryOf(pid));
  return static_cast<double>(memory.peak_resident_bytes) / (1 << 20);
}

TempFolder::TempFolder() : folder_(ScratchFolder::Create("accord-").value()) {
  if (std::getenv("ACCORD_KEEP") != nullptr) folder_.Keep();
}

}  // namespace accord::bench
