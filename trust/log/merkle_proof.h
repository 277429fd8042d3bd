// Checks proofs about a transparency log's tree: that an entry is in it, and that a later tree begins with an earlier
// one. As RFC 9162 has it, sections 2.1.3.2 and 2.1.4.2, and strict: a proof has exactly the hashes that the sizes ask
// for.
//
// Adversary: whoever made the proof. Sizes, indices and hashes may be anything; the work is at most two hashes for each
// of 64 levels. A proof shows something about roots, and is worth what the signature over the root is worth.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/hash.h"

namespace accord {

inline constexpr size_t kMaxProofHashes = 64;

// How many hashes lie on the way from a leaf to the root. `index` < `size` <= kMaxTreeSize.
size_t InclusionProofHashes(uint64_t index, uint64_t size);
// `first` <= `second` <= kMaxTreeSize.
size_t ConsistencyProofHashes(uint64_t first, uint64_t second);

struct MerkleHead {
  uint64_t size = 0;
  Sha256Digest root = {};
};

// That the tree of `head` has `leaf` at `index`. INVALID_ARGUMENT says why it is not shown.
absl::Status VerifyInclusion(const Sha256Digest& leaf, uint64_t index, const MerkleHead& head,
                             absl::Span<const Sha256Digest> path);

// That the tree of `second` begins with all leaves of the tree of `first`, in the same places. INVALID_ARGUMENT says
// why it is not shown. A tree of no leaves is the beginning of all.
absl::Status VerifyConsistency(const MerkleHead& first, const MerkleHead& second, absl::Span<const Sha256Digest> proof);

}  // namespace accord
