#include "trust/log/merkle_tree.h"

#include <bit>
#include <optional>
#include <utility>

#include "base/status.h"

namespace accord {
namespace {

constexpr absl::string_view kLeafPrefix("\x00", 1);
constexpr absl::string_view kInnerPrefix("\x01", 1);

absl::Status CheckTreeSize(uint64_t size) {
  if (size <= kMaxTreeSize) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a tree of ", size, " leaves; at most 2^63 are possible"));
}

// Of the leaves [begin, end), where `begin` is a multiple of a power of two that is at least end - begin, and there is
// a leaf. The complete subtrees that it is made of are joined from the right.
absl::StatusOr<Sha256Digest> RootOfRange(uint64_t begin, uint64_t end, MerkleNodeReader nodes) {
  std::optional<Sha256Digest> root;
  uint64_t right = end;
  for (uint64_t rest = end - begin; rest != 0; rest &= rest - 1) {
    const auto level = static_cast<uint32_t>(std::countr_zero(rest));
    right -= uint64_t{1} << level;
    ACCORD_ASSIGN_OR_RETURN(const Sha256Digest subtree, nodes({level, right >> level}));
    root = root.has_value() ? MerkleInnerHash(subtree, *root) : subtree;
  }
  return *root;
}

// The siblings on the way from `node`, which is complete, to the root of `size` leaves.
absl::StatusOr<std::vector<Sha256Digest>> PathFrom(const MerkleNode& node, uint64_t size, MerkleNodeReader nodes) {
  std::vector<Sha256Digest> path;
  uint64_t index = node.index;
  // On each level the subtree that holds the last leaf: the only one that may be incomplete.
  uint64_t last = (size - 1) >> node.level;
  for (uint32_t level = node.level; last != 0; ++level, index >>= 1, last >>= 1) {
    if (index % 2 == 0 && index == last) continue;  // no sibling: it is a node of the next level as it stands
    const uint64_t sibling = index ^ 1;
    if (sibling == last) {
      ACCORD_ASSIGN_OR_RETURN(path.emplace_back(), RootOfRange(sibling << level, size, nodes));
    } else {
      ACCORD_ASSIGN_OR_RETURN(path.emplace_back(), nodes({level, sibling}));
    }
  }
  return path;
}

}  // namespace

Sha256Digest MerkleLeafHash(absl::string_view data) {
  Sha256Hasher hasher;
  hasher.Update(kLeafPrefix);
  hasher.Update(data);
  return hasher.Finish();
}

Sha256Digest MerkleInnerHash(const Sha256Digest& left, const Sha256Digest& right) {
  Sha256Hasher hasher;
  hasher.Update(kInnerPrefix);
  hasher.Update(left.data(), left.size());
  hasher.Update(right.data(), right.size());
  return hasher.Finish();
}

absl::StatusOr<MerkleFrontier> MerkleFrontier::Load(uint64_t size, MerkleNodeReader nodes) {
  ACCORD_RETURN_IF_ERROR(CheckTreeSize(size));
  MerkleFrontier frontier;
  frontier.size_ = size;
  uint64_t begin = 0;
  for (uint64_t rest = size; rest != 0;) {
    const auto level = static_cast<uint32_t>(std::bit_width(rest) - 1);
    ACCORD_ASSIGN_OR_RETURN(frontier.subtrees_.emplace_back(), nodes({level, begin >> level}));
    begin += uint64_t{1} << level;
    rest -= uint64_t{1} << level;
  }
  return frontier;
}

absl::Status MerkleFrontier::Append(const Sha256Digest& leaf, MerkleNodeSink sink) {
  if (size_ == kMaxTreeSize) return absl::OutOfRangeError("the log has 2^63 entries and takes no more");
  Sha256Digest hash = leaf;
  sink({0, size_}, hash);
  uint32_t level = 0;
  for (uint64_t left = size_; left % 2 == 1; left >>= 1) {
    hash = MerkleInnerHash(subtrees_.back(), hash);
    subtrees_.pop_back();
    ++level;
    sink({level, size_ >> level}, hash);
  }
  subtrees_.push_back(hash);
  ++size_;
  return absl::OkStatus();
}

absl::Status MerkleFrontier::Append(const Sha256Digest& leaf) {
  return Append(leaf, [](const MerkleNode&, const Sha256Digest&) {});
}

Sha256Digest MerkleFrontier::Root() const {
  if (subtrees_.empty()) return Sha256("");
  Sha256Digest root = subtrees_.back();
  for (size_t i = subtrees_.size() - 1; i > 0; --i) root = MerkleInnerHash(subtrees_[i - 1], root);
  return root;
}

absl::StatusOr<Sha256Digest> MerkleRoot(uint64_t size, MerkleNodeReader nodes) {
  ACCORD_ASSIGN_OR_RETURN(const MerkleFrontier frontier, MerkleFrontier::Load(size, nodes));
  return frontier.Root();
}

absl::StatusOr<std::vector<Sha256Digest>> ProveInclusion(uint64_t index, uint64_t size, MerkleNodeReader nodes) {
  ACCORD_RETURN_IF_ERROR(CheckTreeSize(size));
  if (index >= size) {
    return absl::InvalidArgumentError(absl::StrCat("there is no entry ", index, " among the first ", size));
  }
  return PathFrom({0, index}, size, nodes);
}

absl::StatusOr<std::vector<Sha256Digest>> ProveConsistency(uint64_t first, uint64_t second, MerkleNodeReader nodes) {
  ACCORD_RETURN_IF_ERROR(CheckTreeSize(second));
  if (first > second) {
    return absl::InvalidArgumentError(absl::StrCat("the first ", first, " entries are more than the first ", second));
  }
  if (first == 0 || first == second) return std::vector<Sha256Digest>();
  // The last complete subtree of the smaller tree. Where that is the whole tree, its root is known to whoever asks.
  const auto level = static_cast<uint32_t>(std::countr_zero(first));
  const MerkleNode last{level, (first >> level) - 1};
  ACCORD_ASSIGN_OR_RETURN(std::vector<Sha256Digest> proof, PathFrom(last, second, nodes));
  if (last.index == 0) return proof;
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest last_root, nodes(last));
  proof.insert(proof.begin(), last_root);
  return proof;
}

}  // namespace accord
