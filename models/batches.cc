#include "models/batches.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace accord {
namespace {

// x / 255, rounded as PyTorch's ToTensor does.
constexpr std::array<float, 256> MakeByteValues() {
  std::array<float, 256> values{};
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 255.0f;
  return values;
}
constexpr std::array<float, 256> kByteValues = MakeByteValues();

}  // namespace

BatchOrder::BatchOrder(size_t rows, size_t batch_size, RandomStream random)
    : order_(rows), batch_size_(batch_size == 0 ? rows : std::min(batch_size, rows)), random_(std::move(random)) {
  std::iota(order_.begin(), order_.end(), 0u);
}

absl::Span<const uint32_t> BatchOrder::Next() {
  if (next_ == 0 && batch_size_ < order_.size()) Shuffle();
  const size_t size = std::min(batch_size_, order_.size() - next_);
  const absl::Span<const uint32_t> batch = absl::MakeConstSpan(order_).subspan(next_, size);
  next_ += size;
  if (next_ == order_.size()) next_ = 0;
  return batch;
}

// Fisher and Yates, as in Knuth, TAOCP vol. 2, algorithm 3.4.2P.
void BatchOrder::Shuffle() {
  for (size_t i = order_.size() - 1; i > 0; --i) std::swap(order_[i], order_[random_.NextBelow(i + 1)]);
}

void GatherInputs(const Examples& examples, size_t elements, absl::Span<const uint32_t> rows, float* inputs) {
  for (const uint32_t row : rows) {
    const size_t begin = row * elements;
    if (examples.bytes.empty()) {
      std::copy_n(examples.numbers.data() + begin, elements, inputs);
    } else {
      std::transform(examples.bytes.data() + begin, examples.bytes.data() + begin + elements, inputs,
                     [](uint8_t byte) { return kByteValues[byte]; });
    }
    inputs += elements;
  }
}

}  // namespace accord
