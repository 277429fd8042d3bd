// Batches of rows in a reproducible order. Without LibTorch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "base/random_stream.h"
#include "models/examples.h"

namespace accord {

// Walks over row numbers batch by batch, epoch after epoch without end: each epoch visits every row once, in a fresh
// order of `random`. A batch of all rows keeps their order (and draws nothing). Not thread-safe.
class BatchOrder {
 public:
  // `batch_size` 0, or larger than `rows`: all rows. `rows` > 0 and at most 2^32 - 1.
  BatchOrder(size_t rows, size_t batch_size, RandomStream random);

  size_t batch_size() const { return batch_size_; }
  uint64_t steps_per_epoch() const { return (order_.size() + batch_size_ - 1) / batch_size_; }
  // The next batch; the last one of an epoch may be smaller. Valid until the next call.
  absl::Span<const uint32_t> Next();

 private:
  void Shuffle();

  std::vector<uint32_t> order_;
  size_t batch_size_;
  size_t next_ = 0;
  RandomStream random_;
};

// Copies the inputs of `rows` as the model sees them (bytes become 0..1) to `inputs`, rows.size() * elements long.
void GatherInputs(const Examples& examples, size_t elements, absl::Span<const uint32_t> rows, float* inputs);

}  // namespace accord
