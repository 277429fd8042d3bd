// Entropy that repeats, for tests and simulations only.
//
// Whoever knows the seed knows every "secret" drawn from it. It must never be linked into a daemon or the coordinator:
// tests/structure refuses an include of this header outside tests and bench.
#pragma once

#include <cstdint>

#include "base/entropy.h"
#include "base/random_stream.h"

namespace accord {

// The AES-256-CTR stream of `seed`: the same calls give the same bytes. Not thread-safe.
class SeededEntropy : public EntropySource {
 public:
  explicit SeededEntropy(uint64_t seed);

  // Never fails.
  absl::Status Fill(absl::Span<uint8_t> bytes) override;

 private:
  RandomStream stream_;
};

}  // namespace accord
