// Every proof that is not one: each change of a good proof, of its sizes and of what it is about must be refused.
#include "trust/log/merkle_proof.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/log/stored_tree.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kSize = 37;  // every size up to it is looked at
using Proof = std::vector<Sha256Digest>;

StoredTree SomeTree() {
  StoredTree tree;
  for (uint64_t i = 0; i < kSize; ++i) tree.Append(Sha256(absl::StrCat("leaf ", i)));
  return tree;
}

Sha256Digest Leaf(uint64_t index) { return Sha256(absl::StrCat("leaf ", index)); }

// Calls `refused` with every proof that differs a little from `proof`.
void ForEachMutation(const Proof& proof, const std::function<void(const Proof&, const std::string&)>& refused) {
  for (size_t i = 0; i < proof.size(); ++i) {
    Proof changed = proof;
    changed[i][i % 32] ^= 0x10;
    refused(changed, absl::StrCat("hash ", i, " changed"));
    changed = proof;
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
    refused(changed, absl::StrCat("hash ", i, " left out"));
    changed = proof;
    changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(i), changed[i]);
    refused(changed, absl::StrCat("hash ", i, " twice"));
    if (i > 0 && proof[i] != proof[i - 1]) {
      changed = proof;
      std::swap(changed[i], changed[i - 1]);
      refused(changed, absl::StrCat("hashes ", i - 1, " and ", i, " swapped"));
    }
  }
  Proof longer = proof;
  longer.push_back(Sha256("more"));
  refused(longer, "a hash more");
  longer.insert(longer.begin(), Sha256("more"));
  refused(longer, "a hash more at both ends");
  refused(Proof(65, Sha256("")), "65 hashes");
  if (!proof.empty()) refused({}, "no hash");
}

TEST(InclusionProof, IsRefusedWithAnyChange) {
  const StoredTree tree = SomeTree();
  for (uint64_t size = 1; size <= kSize; ++size) {
    const MerkleHead head = tree.Head(size);
    for (uint64_t index = 0; index < size; ++index) {
      const Proof path = tree.Inclusion(index, size);
      ASSERT_TRUE(VerifyInclusion(Leaf(index), index, head, path).ok());
      ForEachMutation(path, [&](const Proof& changed, const std::string& how) {
        ASSERT_FALSE(VerifyInclusion(Leaf(index), index, head, changed).ok()) << index << " of " << size << ": " << how;
      });
      ASSERT_FALSE(VerifyInclusion(Leaf(index + 1), index, head, path).ok()) << "another leaf";
      ASSERT_FALSE(VerifyInclusion(Leaf(index), index, {size, Sha256("")}, path).ok()) << "another root";
    }
  }
}

TEST(InclusionProof, CountsForOnePlaceAlone) {
  const StoredTree tree = SomeTree();
  for (uint64_t size = 1; size <= kSize; ++size) {
    const MerkleHead head = tree.Head(size);
    for (uint64_t index = 0; index < size; ++index) {
      const Proof path = tree.Inclusion(index, size);
      for (uint64_t other = 0; other <= size; ++other) {
        ASSERT_EQ(VerifyInclusion(Leaf(index), other, head, path).ok(), other == index)
            << index << " as " << other << " of " << size;
      }
    }
  }
}

// A head names its root, not its shape: with the root kept, some other sizes give the same path. Its signature covers
// the size.
TEST(InclusionProof, RefusesSizesThatWantAnotherNumberOfHashes) {
  const StoredTree tree = SomeTree();
  const Proof path = tree.Inclusion(3, 20);
  for (const uint64_t size :
       {uint64_t{0}, uint64_t{3}, uint64_t{4}, uint64_t{16}, uint64_t{33}, kMaxTreeSize + 1, ~uint64_t{0}}) {
    EXPECT_FALSE(VerifyInclusion(Leaf(3), 3, {size, tree.Head(20).root}, path).ok()) << size;
  }
  EXPECT_FALSE(VerifyInclusion(Leaf(3), ~uint64_t{0}, tree.Head(20), path).ok());
}

TEST(ConsistencyProof, IsRefusedWithAnyChange) {
  const StoredTree tree = SomeTree();
  for (uint64_t second = 1; second <= kSize; ++second) {
    const MerkleHead later = tree.Head(second);
    for (uint64_t first = 0; first <= second; ++first) {
      const MerkleHead earlier = tree.Head(first);
      const Proof proof = tree.Consistency(first, second);
      ASSERT_TRUE(VerifyConsistency(earlier, later, proof).ok());
      ForEachMutation(proof, [&](const Proof& changed, const std::string& how) {
        ASSERT_FALSE(VerifyConsistency(earlier, later, changed).ok()) << first << " to " << second << ": " << how;
      });
      ASSERT_FALSE(VerifyConsistency({first, Sha256("x")}, later, proof).ok()) << first << " to " << second;
      if (first > 0) {
        ASSERT_FALSE(VerifyConsistency(earlier, {second, Sha256("x")}, proof).ok()) << first << " to " << second;
      }
    }
  }
}

TEST(ConsistencyProof, CountsForOneEarlierSizeAlone) {
  const StoredTree tree = SomeTree();
  for (uint64_t second = 2; second <= kSize; ++second) {
    for (uint64_t first = 1; first <= second; ++first) {
      const Proof proof = tree.Consistency(first, second);
      for (uint64_t other = 1; other <= second; ++other) {
        ASSERT_EQ(VerifyConsistency(tree.Head(other), tree.Head(second), proof).ok(), other == first)
            << first << " as " << other << " to " << second;
      }
    }
  }
}

TEST(ConsistencyProof, DoesNotJoinALogToOneWithAnotherPast) {
  const StoredTree honest = SomeTree();
  for (uint64_t rewritten = 0; rewritten < kSize; ++rewritten) {
    StoredTree forked;
    for (uint64_t i = 0; i < kSize; ++i) forked.Append(i == rewritten ? Sha256("another") : Leaf(i));
    for (uint64_t first = rewritten + 1; first < kSize; ++first) {
      ASSERT_FALSE(VerifyConsistency(honest.Head(first), forked.Head(kSize), forked.Consistency(first, kSize)).ok());
      ASSERT_FALSE(VerifyConsistency(honest.Head(first), forked.Head(kSize), honest.Consistency(first, kSize)).ok());
    }
    for (uint64_t first = 1; first <= rewritten; ++first) {
      ASSERT_TRUE(VerifyConsistency(honest.Head(first), forked.Head(kSize), forked.Consistency(first, kSize)).ok());
    }
  }
}

TEST(ConsistencyProof, SaysThatHeadsOfOneSizeAreAFork) {
  const absl::Status forked = VerifyConsistency({5, Sha256("a")}, {5, Sha256("b")}, {});
  EXPECT_EQ(forked.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(forked.message()), HasSubstr("forked"));
}

TEST(ConsistencyProof, RefusesALogThatShrinksAndOneBeyondTheLimit) {
  const StoredTree tree = SomeTree();
  EXPECT_FALSE(VerifyConsistency(tree.Head(6), tree.Head(5), {}).ok());
  EXPECT_FALSE(VerifyConsistency(tree.Head(6), {kMaxTreeSize + 1, Sha256("")}, tree.Consistency(6, 8)).ok());
  EXPECT_FALSE(VerifyConsistency({~uint64_t{0}, Sha256("")}, {~uint64_t{0}, Sha256("")}, {}).ok());
}

}  // namespace
}  // namespace accord
