#include "trust/federation_tree/hand_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/trust/log/example_log.h"

namespace accord {
namespace {

using ::testing::HasSubstr;
using Kind = JudgedHandIn::Kind;

class HandInTest : public ::testing::Test {
 protected:
  JudgedHandIn Judge(const std::string& text) const { return JudgeHandIn(log_.identity(), log_.HeadFile(10), text); }
  // Another story under the same key from entry 8 on.
  ExampleLog Rewritten() const {
    ExampleLog fork = log_.Fork(8);
    while (fork.entries().size() < 20) fork.AppendJob("another");
    return fork;
  }
  const ExampleLog log_{"heart", 20};
};

TEST_F(HandInTest, TakesWhatContinuesTheKeptHead) {
  const JudgedHandIn judged = Judge(log_.ProofOfGrowth(10, 15).Write());
  EXPECT_EQ(judged.kind, Kind::kTaken) << judged.words;
  EXPECT_EQ(judged.head, log_.HeadFile(15));
  EXPECT_EQ(Judge(log_.HeadFile(10).Write()).kind, Kind::kTaken) << "nothing happened in the project";
}

TEST_F(HandInTest, RefusesAForkWithBothHeads) {
  const ExampleLog fork = Rewritten();
  const JudgedHandIn judged = Judge(fork.HeadFile(10).Write());
  EXPECT_EQ(judged.kind, Kind::kRewritten);
  EXPECT_THAT(judged.words, HasSubstr("FORKED: the head has 10 entries"));
  EXPECT_EQ(judged.head, fork.HeadFile(10));
  // The proof holds within the other story, and the head at which it begins convicts.
  const JudgedHandIn by_proof = Judge(fork.ProofOfGrowth(10, 15).Write());
  EXPECT_EQ(by_proof.kind, Kind::kRewritten);
  EXPECT_EQ(by_proof.head, fork.HeadFile(10));
}

TEST_F(HandInTest, RefusesARollBackThatWasSignedLater) {
  LogHead later = log_.Head(9);
  later.unix_us = log_.Head(10).unix_us + 1;
  const JudgedHandIn judged = Judge(HeadOfLog{log_.entries()[0], *SignLogHead(later, log_.signer())}.Write());
  EXPECT_EQ(judged.kind, Kind::kRewritten);
  EXPECT_THAT(judged.words, HasSubstr("ROLLED BACK"));
}

TEST_F(HandInTest, AnOldHeadThatSomebodyHandsInAgainAccusesNobody) {
  const JudgedHandIn judged = Judge(log_.HeadFile(9).Write());
  EXPECT_EQ(judged.kind, Kind::kOlder);
  EXPECT_THAT(judged.words, HasSubstr("handed in late, or again"));
}

TEST_F(HandInTest, RefusesALongerHeadWithoutTheProof) {
  const ExampleLog fork = Rewritten();
  ConsistencyProof mixed = log_.ProofOfGrowth(10, 15);
  mixed.later = fork.SignedHead(15);
  for (const std::string& text : {log_.HeadFile(15).Write(), log_.ProofOfGrowth(9, 15).Write(), mixed.Write()}) {
    const JudgedHandIn judged = Judge(text);
    EXPECT_EQ(judged.kind, Kind::kUnproven);
    EXPECT_THAT(judged.words, HasSubstr("hand-in --since taken.head"));
  }
}

TEST_F(HandInTest, RefusesWhatIsNoFileOfThisLog) {
  const ExampleLog other("heart", 20);
  ConsistencyProof unsigned_proof = log_.ProofOfGrowth(10, 15);
  unsigned_proof.later.signature[3] ^= 1;
  for (const std::string& text : {std::string(), std::string("accord-log-v1\n"), other.HeadFile(15).Write(),
                                  unsigned_proof.Write(), log_.HeadFile(15).Write() + "x"}) {
    EXPECT_EQ(Judge(text).kind, Kind::kForeign);
  }
}

}  // namespace
}  // namespace accord
