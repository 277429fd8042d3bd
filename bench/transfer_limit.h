// The least a round can cost on this machine: its bytes over the same kind of channels, and one durable write.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/federation/federation.h"
#include "bench/federation/process.h"

namespace accord::bench {

// A server and one client process for each of a federation's sites, connected with the federation's own certificates.
// They move bytes between memories and do nothing else.
class TransferGroup {
 public:
  static absl::StatusOr<std::unique_ptr<TransferGroup>> Start(Federation& federation, uint64_t num_bytes);

  // All clients at once: `num_bytes` down, then up. Seconds until the slowest is done.
  absl::StatusOr<double> Move();

 private:
  TransferGroup() = default;
  Process server_;
  std::vector<Process> clients_;
  int moves_ = 0;
};

// Seconds to write so many bytes to a new file in `folder` and have them on the disk.
absl::StatusOr<double> DurableWriteSeconds(const std::string& folder, uint64_t num_bytes);

}  // namespace accord::bench
