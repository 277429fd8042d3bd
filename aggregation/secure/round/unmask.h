// Takes the masks off a sum: the coordinator's one piece of work over the whole vector when an attempt opens.
//
// Adversary: none any more, the seeds are checked against their commitments before (secure_round.h). Thread-safe for
// disjoint sums.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "aggregation/ring/ring_vector.h"
#include "aggregation/secure/round/signed_mask_seed.h"

namespace accord::secure {

// Adds every seed's key stream with its sign. Memory beside the seeds: about 0.3 MB for each thread, whatever their
// number. Time: that of AES in hardware over seeds x elements, divided by the threads (at least 1). INVALID_ARGUMENT
// for a seed that has not 32 bytes, INTERNAL with OpenSSL's reason: `sum` is then to be thrown away.
absl::Status RemoveMasks(absl::Span<const SignedMaskSeed> seeds, absl::Span<uint32_t> sum, int num_threads);
absl::Status RemoveMasks(absl::Span<const SignedMaskSeed> seeds, absl::Span<uint64_t> sum, int num_threads);
// The same in the words of the sum's own ring.
absl::Status RemoveMasks(absl::Span<const SignedMaskSeed> seeds, RingVector& sum, int num_threads);

}  // namespace accord::secure
