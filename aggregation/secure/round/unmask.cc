#include "aggregation/secure/round/unmask.h"

#include <algorithm>
#include <vector>

#include "aggregation/secure/mask_stream.h"
#include "aggregation/secure/masking.h"
#include "base/status.h"

namespace accord::secure {
namespace {

// A keyed context takes about 500 bytes, so all seeds of a large sum at once would take tens of MB. Measured at 5,285
// seeds x 100 K elements: 128 to 1,024 at once take the same time, 64 (threads started too often) a fifth more, 4,096
// (contexts fall out of the second cache) likewise.
constexpr size_t kSeedsAtOnce = 512;

template <typename Element>
absl::Status RemoveSome(absl::Span<const SignedMaskSeed> seeds, absl::Span<Element> sum, int num_threads) {
  std::vector<MaskStream> streams;
  std::vector<SignedMask> masks;
  streams.reserve(seeds.size());  // masks point into it
  for (const SignedMaskSeed& seed : seeds) {
    ACCORD_ASSIGN_OR_RETURN(MaskStream stream, MaskStream::Create(seed.seed));
    streams.push_back(std::move(stream));
    masks.push_back({&streams.back(), seed.sign});
  }
  return MaskWholeVector(masks, sum, num_threads);
}

template <typename Element>
absl::Status RemoveAll(absl::Span<const SignedMaskSeed> seeds, absl::Span<Element> sum, int num_threads) {
  while (!seeds.empty()) {
    ACCORD_RETURN_IF_ERROR(RemoveSome(seeds.subspan(0, kSeedsAtOnce), sum, num_threads));
    seeds.remove_prefix(std::min(kSeedsAtOnce, seeds.size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RemoveMasks(absl::Span<const SignedMaskSeed> seeds, absl::Span<uint32_t> sum, int num_threads) {
  return RemoveAll(seeds, sum, num_threads);
}

absl::Status RemoveMasks(absl::Span<const SignedMaskSeed> seeds, absl::Span<uint64_t> sum, int num_threads) {
  return RemoveAll(seeds, sum, num_threads);
}

absl::Status RemoveMasks(absl::Span<const SignedMaskSeed> seeds, RingVector& sum, int num_threads) {
  return sum.ring() == RingWidth::k64 ? RemoveAll(seeds, sum.wide_elements(), num_threads)
                                      : RemoveAll(seeds, sum.elements(), num_threads);
}

}  // namespace accord::secure
