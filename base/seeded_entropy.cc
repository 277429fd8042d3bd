#include "base/seeded_entropy.h"

#include <algorithm>
#include <cstring>

namespace accord {

SeededEntropy::SeededEntropy(uint64_t seed)
    : stream_({.job_seed = seed, .site = "", .round = 0, .use = "seeded-entropy"}) {}

absl::Status SeededEntropy::Fill(absl::Span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const uint32_t word = stream_.NextUint32();
    const size_t piece = std::min(bytes.size(), sizeof(word));
    std::memcpy(bytes.data(), &word, piece);
    bytes.remove_prefix(piece);
  }
  return absl::OkStatus();
}

}  // namespace accord
