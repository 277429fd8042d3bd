// The hash tree of a transparency log (RFC 6962, section 2.1; RFC 9162, section 2.1), over SHA-256:
//
//   leaf  SHA-256(0x00 || data)     inner node  SHA-256(0x01 || left || right)     root of no leaves  SHA-256()
//
// A tree of n leaves is cut at the largest power of two below n, so a subtree over 2^level leaves that begins at a
// multiple of 2^level is the same in every later tree. Such a node is hashed once, when its last leaf comes, and stored
// under (level, index). Roots of earlier sizes and proofs are put together from O(log n) stored nodes.
//
// Pure, without recursion, for up to 2^63 leaves. What checks proofs of others is in merkle_proof.h.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

inline constexpr uint64_t kMaxTreeSize = uint64_t{1} << 63;

Sha256Digest MerkleLeafHash(absl::string_view data);
Sha256Digest MerkleInnerHash(const Sha256Digest& left, const Sha256Digest& right);

// The root of the complete subtree over the leaves [index << level, (index + 1) << level).
struct MerkleNode {
  uint32_t level = 0;
  uint64_t index = 0;

  friend bool operator==(const MerkleNode&, const MerkleNode&) = default;
};

// Gives a stored node. Its errors come back from whatever asked for it.
using MerkleNodeReader = absl::FunctionRef<absl::StatusOr<Sha256Digest>(const MerkleNode& node)>;
// Takes a node that has just become complete, to be stored.
using MerkleNodeSink = absl::FunctionRef<void(const MerkleNode& node, const Sha256Digest& hash)>;

// What a tree needs to grow: the roots of its largest complete subtrees, one for each bit that is set in its size. At
// most 2 KiB, whatever the size. Not thread-safe.
class MerkleFrontier {
 public:
  // Of the empty tree.
  MerkleFrontier() = default;
  // Of the tree of `size` leaves whose nodes are stored. INVALID_ARGUMENT: more than kMaxTreeSize.
  static absl::StatusOr<MerkleFrontier> Load(uint64_t size, MerkleNodeReader nodes);

  // Hands every node that this leaf completes to `sink`, the leaf first: two on average. OUT_OF_RANGE: there are
  // kMaxTreeSize leaves.
  absl::Status Append(const Sha256Digest& leaf, MerkleNodeSink sink);
  absl::Status Append(const Sha256Digest& leaf);

  uint64_t size() const { return size_; }
  Sha256Digest Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<Sha256Digest> subtrees_;  // from the left, that is the largest first
};

// The root of the first `size` leaves. INVALID_ARGUMENT: more than kMaxTreeSize.
absl::StatusOr<Sha256Digest> MerkleRoot(uint64_t size, MerkleNodeReader nodes);

// PATH(index, D[size]) of RFC 6962, section 2.1.1: from the leaf upwards. INVALID_ARGUMENT unless index < size <=
// kMaxTreeSize.
absl::StatusOr<std::vector<Sha256Digest>> ProveInclusion(uint64_t index, uint64_t size, MerkleNodeReader nodes);

// PROOF(first, D[second]) of RFC 6962, section 2.1.2; empty where `first` is 0 or equal to `second`. INVALID_ARGUMENT
// unless first <= second <= kMaxTreeSize.
absl::StatusOr<std::vector<Sha256Digest>> ProveConsistency(uint64_t first, uint64_t second, MerkleNodeReader nodes);

}  // namespace accord
