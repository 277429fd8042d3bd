#include "trust/log/merkle_proof.h"

#include <bit>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

absl::Status NotShown(absl::string_view what) { return absl::InvalidArgumentError(what); }

// The siblings above the node `index` of a level on which `last` is the last node. Up to where both meet, each level
// has one; above that, those to the left of the common way.
size_t NumSiblings(uint64_t index, uint64_t last) {
  const int apart = std::bit_width(index ^ last);
  return static_cast<size_t>(apart + std::popcount(index >> apart));
}

absl::Status CheckLength(size_t expected, size_t hashes) {
  if (hashes == expected) return absl::OkStatus();
  return NotShown(absl::StrCat("the proof has ", hashes, " hashes; expected ", expected));
}

absl::Status CheckHeadSize(uint64_t size) {
  if (size <= kMaxTreeSize) return absl::OkStatus();
  return NotShown(absl::StrCat("a head says that its log has ", size, " entries; at most 2^63 are possible"));
}

// Where a check stands: the node at hand, and the last one of its level (fn and sn of RFC 9162).
struct Place {
  uint64_t node;
  uint64_t last;

  void Up() {
    node >>= 1;
    last >>= 1;
  }
  bool IsRightChild() const { return node % 2 == 1; }
  // Its sibling stands to the left: it is a right child, or will be one once levels without sibling are passed.
  bool HasLeftSibling() const { return IsRightChild() || node == last; }
  void UpToRightChild() {
    while (!IsRightChild() && node != 0) Up();
  }
};

}  // namespace

size_t InclusionProofHashes(uint64_t index, uint64_t size) { return NumSiblings(index, size - 1); }

size_t ConsistencyProofHashes(uint64_t first, uint64_t second) {
  if (first == 0 || first == second) return 0;
  const int level = std::countr_zero(first);
  const uint64_t last_subtree = (first >> level) - 1;
  return NumSiblings(last_subtree, (second - 1) >> level) + (last_subtree == 0 ? 0 : 1);
}

absl::Status VerifyInclusion(const Sha256Digest& leaf, uint64_t index, const MerkleHead& head,
                             absl::Span<const Sha256Digest> path) {
  ACCORD_RETURN_IF_ERROR(CheckHeadSize(head.size));
  if (index >= head.size) {
    return NotShown(absl::StrCat("entry ", index, " is beyond the ", head.size, " entries of the head"));
  }
  ACCORD_RETURN_IF_ERROR(CheckLength(InclusionProofHashes(index, head.size), path.size()));
  Place place{index, head.size - 1};
  Sha256Digest root = leaf;
  for (const Sha256Digest& sibling : path) {
    if (place.last == 0) return NotShown("the proof goes on above the root");
    if (place.HasLeftSibling()) {
      root = MerkleInnerHash(sibling, root);
      place.UpToRightChild();
    } else {
      root = MerkleInnerHash(root, sibling);
    }
    place.Up();
  }
  if (place.last != 0 || root != head.root) {
    return NotShown(absl::StrCat("the proof does not lead from entry ", index, " to the root of ", head.size,
                                 " entries: this entry is not in that log"));
  }
  return absl::OkStatus();
}

absl::Status VerifyConsistency(const MerkleHead& first, const MerkleHead& second,
                               absl::Span<const Sha256Digest> proof) {
  ACCORD_RETURN_IF_ERROR(CheckHeadSize(second.size));
  if (first.size > second.size) {
    return NotShown(
        absl::StrCat("the earlier head has ", first.size, " entries, more than the later one's ", second.size));
  }
  ACCORD_RETURN_IF_ERROR(CheckLength(ConsistencyProofHashes(first.size, second.size), proof.size()));
  if (first.size == second.size && first.root != second.root) {
    return NotShown(absl::StrCat("two heads of ", first.size, " entries have different roots: the log is forked"));
  }
  if (first.size == 0 && first.root != Sha256("")) return NotShown("the root of no entries is not SHA-256 of nothing");
  if (first.size == 0 || first.size == second.size) return absl::OkStatus();

  Place place{first.size - 1, second.size - 1};
  while (place.IsRightChild()) place.Up();
  // A smaller tree that is one complete subtree is known by its root; else the proof begins with its last one.
  const bool is_complete = std::has_single_bit(first.size);
  Sha256Digest earlier = is_complete ? first.root : proof.front();
  Sha256Digest later = earlier;
  for (const Sha256Digest& sibling : proof.subspan(is_complete ? 0 : 1)) {
    if (place.last == 0) return NotShown("the proof goes on above the root");
    if (place.HasLeftSibling()) {
      earlier = MerkleInnerHash(sibling, earlier);
      later = MerkleInnerHash(sibling, later);
      place.UpToRightChild();
    } else {
      later = MerkleInnerHash(later, sibling);
    }
    place.Up();
  }
  if (earlier != first.root) {
    return NotShown(absl::StrCat("the proof does not lead to the earlier head's root (of ", first.size, " entries)"));
  }
  if (place.last != 0 || later != second.root) {
    return NotShown(absl::StrCat("the proof does not lead from the head of ", first.size, " entries to that of ",
                                 second.size, ": the later log does not begin with the earlier one"));
  }
  return absl::OkStatus();
}

}  // namespace accord
