#include "aggregation/secure/masking.h"

#include <algorithm>
#include <functional>
#include <system_error>
#include <thread>
#include <vector>

namespace accord {
namespace {

// Below this a thread costs more (some 20 us) than it takes off the others. A multiple of every tile.
constexpr size_t kMinPartElements = size_t{1} << 14;

// Runs `work` in a new thread, or here where there is none to be had.
void RunBeside(std::vector<std::thread>& threads, const std::function<void()>& work) {
  try {
    threads.emplace_back(work);
  } catch (const std::system_error&) {
    work();
  }
}

// The length of a part when `size` elements are cut for `num_threads`: whole multiples of kMinPartElements.
size_t PartSize(size_t size, int num_threads) {
  const size_t count = static_cast<size_t>(std::max(1, num_threads));
  const size_t even = size / count + (size % count == 0 ? 0 : 1);
  return std::max<size_t>(1, (even + kMinPartElements - 1) / kMinPartElements) * kMinPartElements;
}

template <typename Element>
absl::Status MaskParts(absl::Span<const SignedMask> masks, absl::Span<Element> values, int num_threads) {
  const size_t part_size = PartSize(values.size(), num_threads);
  const size_t num_parts = std::max<size_t>(1, (values.size() + part_size - 1) / part_size);
  std::vector<absl::Status> statuses(num_parts);
  const auto mask_part = [&](size_t part) {
    const size_t begin = part * part_size;
    statuses[part] = ApplyMasks(masks, begin, values.subspan(begin, part_size));
  };
  std::vector<std::thread> threads;
  threads.reserve(num_parts - 1);
  for (size_t part = 1; part < num_parts; ++part) RunBeside(threads, [&mask_part, part] { mask_part(part); });
  mask_part(0);
  for (std::thread& thread : threads) thread.join();
  absl::Status first;
  for (const absl::Status& status : statuses) first.Update(status);
  return first;
}

}  // namespace

absl::Status MaskWholeVector(absl::Span<const SignedMask> masks, absl::Span<uint32_t> values, int num_threads) {
  return MaskParts(masks, values, num_threads);
}

absl::Status MaskWholeVector(absl::Span<const SignedMask> masks, absl::Span<uint64_t> values, int num_threads) {
  return MaskParts(masks, values, num_threads);
}

}  // namespace accord
