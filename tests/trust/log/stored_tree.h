// Trees for tests: one that keeps its nodes in memory, and the definition of RFC 6962 as it is written there.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "trust/log/merkle_proof.h"
#include "trust/log/merkle_tree.h"

namespace accord {

class StoredTree {
 public:
  void Append(const Sha256Digest& leaf) {
    const absl::Status appended = frontier_.Append(leaf, [this](const MerkleNode& node, const Sha256Digest& hash) {
      EXPECT_TRUE(nodes_.emplace(std::pair(node.level, node.index), hash).second) << "a node is stored twice";
    });
    EXPECT_TRUE(appended.ok()) << appended;
  }
  absl::StatusOr<Sha256Digest> Node(const MerkleNode& node) const {
    const auto found = nodes_.find({node.level, node.index});
    if (found == nodes_.end()) return absl::NotFoundError(absl::StrCat("node ", node.level, "/", node.index));
    ++reads_;
    return found->second;
  }
  MerkleHead Head(uint64_t size) const {
    return {size, *MerkleRoot(size, [this](const MerkleNode& node) { return Node(node); })};
  }
  std::vector<Sha256Digest> Inclusion(uint64_t index, uint64_t size) const {
    return *ProveInclusion(index, size, [this](const MerkleNode& node) { return Node(node); });
  }
  std::vector<Sha256Digest> Consistency(uint64_t first, uint64_t second) const {
    return *ProveConsistency(first, second, [this](const MerkleNode& node) { return Node(node); });
  }

  const MerkleFrontier& frontier() const { return frontier_; }
  size_t num_nodes() const { return nodes_.size(); }
  size_t reads() const { return reads_; }

 private:
  MerkleFrontier frontier_;
  std::map<std::pair<uint32_t, uint64_t>, Sha256Digest> nodes_;
  mutable size_t reads_ = 0;
};

// RFC 6962, sections 2.1 to 2.1.2, word for word.
class Rfc6962 {
 public:
  using Leaves = absl::Span<const std::string>;  // D[n]

  static Sha256Digest Mth(Leaves leaves) {
    if (leaves.empty()) return Sha256("");
    if (leaves.size() == 1) return Sha256(absl::StrCat(Byte(0), leaves[0]));
    const size_t k = Split(leaves.size());
    return Sha256(absl::StrCat(Byte(1), Text(Mth(leaves.subspan(0, k))), Text(Mth(leaves.subspan(k)))));
  }

  static std::vector<Sha256Digest> Path(size_t m, Leaves leaves) {
    if (leaves.size() == 1) return {};
    const size_t k = Split(leaves.size());
    return m < k ? With(Path(m, leaves.subspan(0, k)), Mth(leaves.subspan(k)))
                 : With(Path(m - k, leaves.subspan(k)), Mth(leaves.subspan(0, k)));
  }

  static std::vector<Sha256Digest> Proof(size_t m, Leaves leaves) { return SubProof(m, leaves, true); }

 private:
  static std::vector<Sha256Digest> SubProof(size_t m, Leaves leaves, bool is_whole) {
    if (m == leaves.size()) return is_whole ? std::vector<Sha256Digest>{} : std::vector<Sha256Digest>{Mth(leaves)};
    const size_t k = Split(leaves.size());
    return m <= k ? With(SubProof(m, leaves.subspan(0, k), is_whole), Mth(leaves.subspan(k)))
                  : With(SubProof(m - k, leaves.subspan(k), false), Mth(leaves.subspan(0, k)));
  }
  static std::string Byte(char value) { return std::string(1, value); }
  static std::string Text(const Sha256Digest& hash) { return std::string(hash.begin(), hash.end()); }
  static std::vector<Sha256Digest> With(std::vector<Sha256Digest> hashes, const Sha256Digest& last) {
    hashes.push_back(last);
    return hashes;
  }
  // The largest power of two smaller than n.
  static size_t Split(size_t n) {
    size_t k = 1;
    while (2 * k < n) k *= 2;
    return k;
  }
};

}  // namespace accord
