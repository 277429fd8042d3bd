#include "trust/log/merkle_tree.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/log/stored_tree.h"
#include "trust/log/merkle_proof.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kSizes = 130;  // beyond two powers of two

std::vector<std::string> Leaves(size_t count) {
  std::vector<std::string> leaves;
  for (size_t i = 0; i < count; ++i) leaves.push_back(absl::StrCat("leaf ", i));
  return leaves;
}

StoredTree TreeOf(const std::vector<std::string>& leaves) {
  StoredTree tree;
  for (const std::string& leaf : leaves) tree.Append(MerkleLeafHash(leaf));
  return tree;
}

std::vector<std::string> Hex(const std::vector<Sha256Digest>& hashes) {
  std::vector<std::string> digits;
  for (const Sha256Digest& hash : hashes) digits.push_back(HexDigest(hash));
  return digits;
}

// The eight leaves of the Certificate Transparency project's own tests of its tree (google/certificate-transparency),
// with the roots, paths and proofs that are published for them.
std::vector<std::string> PublishedLeaves() {
  std::vector<std::string> leaves;
  for (const char* hex :
       {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}) {
    leaves.push_back(*ParseHex(hex));
  }
  return leaves;
}
constexpr const char* kPublishedRoots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                           "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                           "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                           "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                           "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                           "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                           "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                           "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                           "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
constexpr char kLeaf1[] = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
constexpr char kLeaf4[] = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
constexpr char kLeaf6[] = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
constexpr char kNode23[] = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
constexpr char kNode45[] = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
constexpr char kNode67[] = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
constexpr char kNode4567[] = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

TEST(MerkleTree, HasThePublishedRoots) {
  StoredTree tree;
  EXPECT_EQ(HexDigest(tree.frontier().Root()), kPublishedRoots[0]);
  for (const std::string& leaf : PublishedLeaves()) {
    tree.Append(MerkleLeafHash(leaf));
    EXPECT_EQ(HexDigest(tree.frontier().Root()), kPublishedRoots[tree.frontier().size()]);
  }
  for (size_t size = 0; size <= 8; ++size) EXPECT_EQ(HexDigest(tree.Head(size).root), kPublishedRoots[size]);
}

TEST(MerkleTree, GivesThePublishedInclusionPaths) {
  const StoredTree tree = TreeOf(PublishedLeaves());
  EXPECT_THAT(tree.Inclusion(0, 1), IsEmpty());
  EXPECT_THAT(Hex(tree.Inclusion(0, 8)), ElementsAre(kLeaf1, kNode23, kNode4567));
  EXPECT_THAT(Hex(tree.Inclusion(5, 8)), ElementsAre(kLeaf4, kNode67, kPublishedRoots[4]));
  EXPECT_THAT(Hex(tree.Inclusion(2, 3)), ElementsAre(kPublishedRoots[2]));
  EXPECT_THAT(Hex(tree.Inclusion(1, 5)), ElementsAre(kPublishedRoots[1], kNode23, kLeaf4));
}

TEST(MerkleTree, GivesThePublishedConsistencyProofs) {
  const StoredTree tree = TreeOf(PublishedLeaves());
  EXPECT_THAT(tree.Consistency(1, 1), IsEmpty());
  EXPECT_THAT(Hex(tree.Consistency(1, 8)), ElementsAre(kLeaf1, kNode23, kNode4567));
  EXPECT_THAT(Hex(tree.Consistency(6, 8)), ElementsAre(kNode45, kNode67, kPublishedRoots[4]));
  EXPECT_THAT(Hex(tree.Consistency(2, 5)), ElementsAre(kNode23, kLeaf4));
  EXPECT_THAT(Hex(tree.Consistency(6, 7)), ElementsAre(kNode45, kLeaf6, kPublishedRoots[4]));
}

TEST(MerkleTree, HasTheRootsOfTheDefinitionAtEverySize) {
  const std::vector<std::string> leaves = Leaves(kSizes);
  const StoredTree tree = TreeOf(leaves);
  for (size_t size = 0; size <= kSizes; ++size) {
    ASSERT_EQ(tree.Head(size).root, Rfc6962::Mth(absl::MakeConstSpan(leaves).subspan(0, size))) << size;
  }
  EXPECT_LT(tree.num_nodes(), 2 * kSizes);
}

TEST(MerkleTree, ProvesInclusionAsTheDefinitionDoes) {
  const std::vector<std::string> leaves = Leaves(kSizes);
  const StoredTree tree = TreeOf(leaves);
  for (size_t size = 1; size <= kSizes; ++size) {
    const Rfc6962::Leaves tree_leaves = absl::MakeConstSpan(leaves).subspan(0, size);
    const MerkleHead head = tree.Head(size);
    for (size_t index = 0; index < size; ++index) {
      const std::vector<Sha256Digest> path = tree.Inclusion(index, size);
      ASSERT_EQ(path, Rfc6962::Path(index, tree_leaves)) << index << " of " << size;
      ASSERT_EQ(path.size(), InclusionProofHashes(index, size));
      const absl::Status verified = VerifyInclusion(MerkleLeafHash(leaves[index]), index, head, path);
      ASSERT_TRUE(verified.ok()) << index << " of " << size << ": " << verified;
    }
  }
}

TEST(MerkleTree, ProvesConsistencyAsTheDefinitionDoes) {
  const std::vector<std::string> leaves = Leaves(kSizes);
  const StoredTree tree = TreeOf(leaves);
  for (size_t second = 1; second <= kSizes; ++second) {
    const Rfc6962::Leaves tree_leaves = absl::MakeConstSpan(leaves).subspan(0, second);
    const MerkleHead later = tree.Head(second);
    for (size_t first = 0; first <= second; ++first) {
      const std::vector<Sha256Digest> proof = tree.Consistency(first, second);
      if (first > 0) {
        ASSERT_EQ(proof, Rfc6962::Proof(first, tree_leaves)) << first << " to " << second;
      }
      ASSERT_EQ(proof.size(), ConsistencyProofHashes(first, second));
      const absl::Status verified = VerifyConsistency(tree.Head(first), later, proof);
      ASSERT_TRUE(verified.ok()) << first << " to " << second << ": " << verified;
    }
  }
}

TEST(MerkleTree, GoesOnFromItsStoredNodes) {
  const std::vector<std::string> leaves = Leaves(kSizes);
  const StoredTree tree = TreeOf(leaves);
  for (size_t size = 0; size < kSizes; ++size) {
    auto frontier = MerkleFrontier::Load(size, [&](const MerkleNode& node) { return tree.Node(node); });
    ASSERT_TRUE(frontier.ok()) << frontier.status();
    EXPECT_EQ(frontier->size(), size);
    EXPECT_EQ(frontier->Root(), tree.Head(size).root);
    ASSERT_TRUE(frontier->Append(MerkleLeafHash(leaves[size])).ok());
    EXPECT_EQ(frontier->Root(), tree.Head(size + 1).root);
  }
}

TEST(MerkleTree, ReadsFewNodesForAProof) {
  StoredTree tree;
  for (size_t i = 0; i < 1000; ++i) tree.Append(Sha256(absl::StrCat(i)));
  const auto reads_of = [&](const auto& prove) {
    const size_t before = tree.reads();
    prove();
    return tree.reads() - before;
  };
  for (size_t size : {1u, 2u, 511u, 512u, 513u, 999u, 1000u}) {
    for (size_t index = 0; index < size; ++index) {
      ASSERT_LE(reads_of([&] { tree.Inclusion(index, size); }), 20u) << index << " of " << size;
      ASSERT_LE(reads_of([&] { tree.Consistency(index, size); }), 20u) << index << " to " << size;
    }
  }
}

TEST(MerkleTree, PassesOnTheErrorOfAMissingNode) {
  const StoredTree tree = TreeOf(Leaves(5));
  const auto nodes = [&](const MerkleNode& node) { return tree.Node(node); };
  EXPECT_EQ(MerkleRoot(8, nodes).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ProveInclusion(1, 8, nodes).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ProveConsistency(3, 8, nodes).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(MerkleFrontier::Load(7, nodes).status().code(), absl::StatusCode::kNotFound);
}

TEST(MerkleTree, RefusesPlacesThatItDoesNotHave) {
  const StoredTree tree = TreeOf(Leaves(5));
  const auto nodes = [&](const MerkleNode& node) { return tree.Node(node); };
  EXPECT_THAT(std::string(ProveInclusion(5, 5, nodes).status().message()), HasSubstr("no entry 5 among the first 5"));
  EXPECT_FALSE(ProveInclusion(0, 0, nodes).ok());
  EXPECT_FALSE(ProveConsistency(5, 4, nodes).ok());
  EXPECT_FALSE(ProveConsistency(1, kMaxTreeSize + 1, nodes).ok());
  EXPECT_FALSE(MerkleRoot(~uint64_t{0}, nodes).ok());
}

// All leaves alike: on each level all complete nodes are, so that trees of any size can be asked about.
class EqualLeaves {
 public:
  EqualLeaves() {
    levels_.push_back(MerkleLeafHash("the same"));
    while (levels_.size() < 64) levels_.push_back(MerkleInnerHash(levels_.back(), levels_.back()));
  }
  const Sha256Digest& leaf() const { return levels_.front(); }
  absl::StatusOr<Sha256Digest> Node(const MerkleNode& node) const {
    EXPECT_LE(node.level, 63u);
    return levels_.at(node.level);
  }

 private:
  std::vector<Sha256Digest> levels_;
};

TEST(MerkleTree, HoldsUpTo2To63Leaves) {
  const EqualLeaves tree;
  const auto nodes = [&](const MerkleNode& node) { return tree.Node(node); };
  const uint64_t sizes[] = {kMaxTreeSize,     kMaxTreeSize - 1,  kMaxTreeSize / 2, kMaxTreeSize / 2 + 1,
                            kMaxTreeSize / 3, uint64_t{1} << 32, 1000000,          3};
  for (const uint64_t size : sizes) {
    const MerkleHead head{size, *MerkleRoot(size, nodes)};
    for (const uint64_t index : {uint64_t{0}, uint64_t{2}, size / 3, size / 2, size - 2, size - 1}) {
      const auto path = ProveInclusion(index, size, nodes);
      ASSERT_TRUE(path.ok()) << path.status();
      EXPECT_LE(path->size(), kMaxProofHashes);
      EXPECT_TRUE(VerifyInclusion(tree.leaf(), index, head, *path).ok()) << index << " of " << size;
      const auto proof = ProveConsistency(index, size, nodes);
      ASSERT_TRUE(proof.ok()) << proof.status();
      EXPECT_LE(proof->size(), kMaxProofHashes);
      EXPECT_TRUE(VerifyConsistency({index, *MerkleRoot(index, nodes)}, head, *proof).ok()) << index << " to " << size;
    }
  }
  auto full = MerkleFrontier::Load(kMaxTreeSize, nodes);
  EXPECT_EQ(full->Append(tree.leaf()).code(), absl::StatusCode::kOutOfRange);
  auto nearly = MerkleFrontier::Load(kMaxTreeSize - 1, nodes);
  EXPECT_TRUE(nearly->Append(tree.leaf()).ok());
  EXPECT_EQ(nearly->Root(), full->Root());
}

}  // namespace
}  // namespace accord
