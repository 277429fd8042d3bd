#include "trust/log/log_witness.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/trust/log/example_log.h"

namespace accord {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;

class LogWitnessTest : public ::testing::Test {
 protected:
  absl::StatusOr<bool> Show(const ExampleLog& log, uint64_t size) {
    const uint64_t kept = witness_.kept_size();
    const uint64_t first = std::min(kept, size), second = std::max(kept, size);
    return witness_.See(log.HeadFile(size), log.tree().Consistency(first, second));
  }
  ExampleLog ForkedAt(uint64_t entries) const {
    ExampleLog fork = log_.Fork(entries);
    while (fork.entries().size() < 30) fork.AppendJob("another");
    return fork;
  }
  const ExampleLog log_{"heart", 30};
  LogWitness witness_{log_.identity().id()};
};

TEST_F(LogWitnessTest, GoesOnFromHeadToHead) {
  EXPECT_EQ(witness_.kept_size(), 0u);
  for (const uint64_t size : {3u, 4u, 11u, 30u}) {
    EXPECT_EQ(*Show(log_, size), true) << size;
    EXPECT_EQ(witness_.kept_size(), size);
    EXPECT_EQ(witness_.kept()->head.bytes, log_.SignedHead(size).bytes);
  }
}

TEST_F(LogWitnessTest, TakesThePlanThatIsSentAgain) {
  ASSERT_TRUE(Show(log_, 11).ok());
  EXPECT_EQ(*Show(log_, 11), false);
  EXPECT_EQ(*Show(log_, 4), false);  // of an attempt that began before
  EXPECT_EQ(witness_.kept_size(), 11u);
}

TEST_F(LogWitnessTest, IsNotShownARewrittenLog) {
  ASSERT_TRUE(Show(log_, 11).ok());
  const ExampleLog fork = ForkedAt(7);
  for (const uint64_t size : {8u, 10u, 12u, 30u}) {
    const auto seen = Show(fork, size);
    EXPECT_EQ(seen.status().code(), StatusCode::kInvalidArgument) << size;
    EXPECT_THAT(std::string(seen.status().message()), HasSubstr("does not continue"));
  }
  // What both stories have in common.
  EXPECT_EQ(*witness_.See(fork.HeadFile(7), log_.tree().Consistency(7, 11)), false);
  EXPECT_EQ(witness_.kept_size(), 11u);
  EXPECT_EQ(witness_.kept()->head.bytes, log_.SignedHead(11).bytes);
}

TEST_F(LogWitnessTest, KeepsTwoHeadsOfOneSizeAsEvidence) {
  ASSERT_TRUE(Show(log_, 11).ok());
  const ExampleLog fork = ForkedAt(7);
  EXPECT_EQ(Show(fork, 11).status().code(), StatusCode::kAborted);
  ASSERT_TRUE(witness_.contradiction().has_value());
  EXPECT_EQ(witness_.contradiction()->head.bytes, fork.SignedHead(11).bytes);
  EXPECT_EQ(witness_.kept()->head.bytes, log_.SignedHead(11).bytes);
}

TEST_F(LogWitnessTest, WantsAProofAndNoOther) {
  ASSERT_TRUE(Show(log_, 11).ok());
  EXPECT_FALSE(witness_.See(log_.HeadFile(20), {}).ok());
  EXPECT_FALSE(witness_.See(log_.HeadFile(20), log_.tree().Consistency(10, 20)).ok());
  EXPECT_FALSE(witness_.See(log_.HeadFile(20), log_.tree().Consistency(11, 21)).ok());
  EXPECT_TRUE(witness_.See(log_.HeadFile(20), log_.tree().Consistency(11, 20)).ok());
}

TEST_F(LogWitnessTest, KnowsItsLogAndItsKey) {
  const ExampleLog other("heart", 30);
  EXPECT_THAT(std::string(Show(other, 5).status().message()), HasSubstr("this site goes by the log"));
  HeadOfLog forged = log_.HeadFile(5);
  forged.head = *SignLogHead(log_.Head(5), other.signer());
  EXPECT_EQ(witness_.See(forged, {}).status().code(), StatusCode::kUnauthenticated);
  forged = log_.HeadFile(5);
  forged.first_entry = other.entries()[0];
  EXPECT_FALSE(witness_.See(forged, {}).ok());
  EXPECT_FALSE(witness_.kept().has_value());
}

TEST_F(LogWitnessTest, GoesOnFromWhatItKept) {
  ASSERT_TRUE(Show(log_, 11).ok());
  const HeadOfLog kept = *HeadOfLog::Parse(witness_.kept()->Write());
  auto restored = LogWitness::Restore(log_.identity().id(), kept);
  ASSERT_TRUE(restored.ok()) << restored.status();
  witness_ = *std::move(restored);
  EXPECT_EQ(witness_.kept_size(), 11u);
  EXPECT_FALSE(Show(ForkedAt(7), 12).ok());
  EXPECT_EQ(*Show(log_, 12), true);
  EXPECT_FALSE(LogWitness::Restore(Sha256("another"), kept).ok());
}

}  // namespace
}  // namespace accord
