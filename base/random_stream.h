// Reproducible random numbers: every stream is named by what it is used for, never by process state, so that a
// restarted trainer or coordinator repeats it to the last bit.
//
// Not a source of secrets: the job's seed is known to everybody in the job.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/types/span.h"
#include "base/hash.h"

struct evp_cipher_ctx_st;

namespace accord {

// What a stream is for. Two different purposes share no numbers.
struct StreamPurpose {
  uint64_t job_seed = 0;
  std::string site;    // empty at the coordinator and for whatever all sites share
  uint64_t round = 0;  // number of the program's step
  std::string use;     // for example "batch-order", "rounding", "initial-weights"
};

// The AES-256-CTR key stream under SHA-256(purpose), read as little-endian numbers. Not thread-safe; movable.
class RandomStream {
 public:
  explicit RandomStream(const StreamPurpose& purpose);
  ~RandomStream();
  RandomStream(RandomStream&&) noexcept;
  RandomStream& operator=(RandomStream&&) noexcept;

  // Fills `values` with uniform numbers, about 1 G values/s where AES is in hardware.
  void Fill(absl::Span<uint32_t> values);
  uint32_t NextUint32();
  uint64_t NextUint64();
  // Uniform in [0, bound), without bias (rejection). `bound` > 0.
  uint64_t NextBelow(uint64_t bound);
  // Uniform in [0, 1) with 24 (float) or 53 (double) random bits.
  float NextFloat();
  double NextDouble();

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };
  void Refill();

  static constexpr size_t kBufferSize = 256;
  std::unique_ptr<evp_cipher_ctx_st, Free> cipher_;
  std::unique_ptr<uint32_t[]> buffer_;
  size_t next_ = kBufferSize;
};

// A seed for a library's own generator (for example torch::manual_seed), derived the same way.
uint64_t DeriveSeed(const StreamPurpose& purpose);

}  // namespace accord
