#include "coordinator/federation_tree/project_receipts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/private_file.h"
#include "coordinator/store/store.h"
#include "tests/temporary_folder.h"
#include "tests/trust/federation_tree/example_tree.h"
#include "trust/federation_tree/hand_in.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class ProjectReceipts : public ::testing::Test {
 protected:
  void Grow(int entries) {
    for (int i = 0; i < entries; ++i) {
      const LogDraft draft{LogEntryKind::kJob, absl::StrCat("job-", i), LogPayload::HashOf("a job"), {}};
      ASSERT_TRUE(log().rows().Append("heart", {draft}, absl::Now()).ok());
    }
  }
  FederationLog& log() { return store_->log(); }
  HeadOfLog Last() { return LastHeadFile(log()).value(); }
  uint64_t Size() { return log().rows().Size("heart").value(); }
  // The receipt of this tick for the log's last head.
  NamedReceipt Committed(uint64_t tick) {
    tree_.Tick(tick, Last());
    return {absl::StrCat("receipt-", tick), tree_.Receipt(tick).Write()};
  }
  absl::StatusOr<EnteredReceipts> EnterAll(const std::vector<NamedReceipt>& receipts) {
    return EnterReceipts(log(), receipts, tree_.identity().id(), absl::Now());
  }
  // How many.
  absl::StatusOr<size_t> Enter(const std::vector<NamedReceipt>& receipts) {
    const auto counted = EnterAll(receipts);
    if (!counted.ok()) return counted.status();
    return counted->entered;
  }
  JudgedHandIn Judge(const HeadOfLog& kept, const std::string& text) {
    return JudgeHandIn(log().identity(), kept, text);
  }

  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = Store::Open(folder_.Path("state"), Clock::System(), "heart").value();
  ExampleTree tree_;
};

TEST_F(ProjectReceipts, AreEnteredOnceAndBringTheNextProofWithThem) {
  Grow(3);
  const HeadOfLog added = Last();
  auto hand_in = WriteHandIn(log(), std::nullopt);
  ASSERT_TRUE(hand_in.ok()) << hand_in.status();
  EXPECT_EQ(hand_in->text, added.Write()) << "there is no receipt yet";
  const NamedReceipt first = Committed(0);
  const uint64_t size = Size();
  EXPECT_EQ(Enter({first}).value(), 1u);
  EXPECT_EQ(Size(), size + 1);
  EXPECT_EQ(ParseLogEntry(*log().rows().Entry("heart", size))->kind, LogEntryKind::kReceipt);
  EXPECT_EQ(Enter({first}).value(), 0u);
  EXPECT_EQ(Size(), size + 1);
  Grow(2);
  hand_in = WriteHandIn(log(), std::nullopt);
  ASSERT_TRUE(hand_in.ok()) << hand_in.status();
  EXPECT_EQ(Judge(added, hand_in->text).kind, JudgedHandIn::Kind::kTaken);
  EXPECT_EQ(Judge(added, hand_in->text).head, Last());
}

TEST_F(ProjectReceipts, ComeInAnyOrderAndLate) {
  const NamedReceipt first = Committed(0);
  Grow(2);
  const NamedReceipt second = Committed(1), third = Committed(2);
  EXPECT_EQ(Enter({third, first, second}).value(), 3u);
  EXPECT_EQ(Enter({second, third}).value(), 0u);
}

TEST_F(ProjectReceipts, HandInFromWhereTheTreesKeeperIs) {
  Grow(2);
  const HeadOfLog taken = Last();
  Grow(3);
  const auto hand_in = WriteHandIn(log(), taken);
  ASSERT_TRUE(hand_in.ok()) << hand_in.status();
  EXPECT_EQ(Judge(taken, hand_in->text).kind, JudgedHandIn::Kind::kTaken);
  EXPECT_FALSE(WriteHandIn(log(), ExampleLog("heart", 3).HeadFile(2)).ok()) << "another log's head";
}

TEST_F(ProjectReceipts, OfAHeadThatTheLogDoesNotContinueSayThatThisIsAnOlderCopy) {
  // Under the log's key, of another story.
  LogHead other = *ParseLogHead(Last().head.bytes);
  other.root[0] ^= 1;
  const PrivateFile pem = ReadPrivateFile(folder_.Path("state/log.key"), 65536).value();
  const KeyPairSigner key = *KeyPairSigner::Create(*KeyPair::FromPem(pem.content));
  const HeadOfLog forked{Last().first_entry, *SignLogHead(other, key)};
  EXPECT_EQ(WriteHandIn(log(), forked).status().code(), absl::StatusCode::kFailedPrecondition);
  tree_.Tick(0, forked);
  const auto entered = Enter({{"receipt-0", tree_.Receipt(0).Write()}});
  EXPECT_EQ(entered.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(entered.status().message()), HasSubstr("receipt-0: this log's key has signed a head of 1"));
  EXPECT_EQ(Size(), 1u);
}

TEST_F(ProjectReceipts, OfAnotherLogTreeOrSlotAreRefused) {
  const ExampleLog other("heart", 5);
  tree_.Tick(0, other.HeadFile(5));
  EXPECT_THAT(std::string(Enter({{"receipt-0", tree_.Receipt(0).Write()}}).status().message()),
              HasSubstr("receipt-0: it is of another log"));
  ASSERT_EQ(Enter({Committed(1)}).value(), 1u);
  ExampleTree another;
  another.Tick(2, Last());
  const NamedReceipt of_another{"receipt-2", another.Receipt(2).Write()};
  EXPECT_EQ(EnterReceipts(log(), {of_another}, std::nullopt, absl::Now()).status().code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(Enter({of_another}).status().message()),
              HasSubstr("receipt-2: it is of the federation tree"));
  EXPECT_THAT(std::string(Enter({{"receipt-x", "no receipt\n"}}).status().message()), HasSubstr("receipt-x: line 1"));
}

// Attack: who may bring files brings a receipt of a tree of their own first.
TEST_F(ProjectReceipts, TheFirstNeedsTheTreesIdFromTheOperator) {
  const NamedReceipt first = Committed(0);
  const auto unnamed = EnterReceipts(log(), {first}, std::nullopt, absl::Now());
  EXPECT_EQ(unnamed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(unnamed.status().message()), HasSubstr("say which with --tree-id"));
  ExampleTree made_up;
  made_up.Tick(0, Last());
  EXPECT_EQ(Enter({{"receipt-0", made_up.Receipt(0).Write()}}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Size(), 1u);
  ASSERT_EQ(Enter({first}).value(), 1u);
  const auto next = EnterReceipts(log(), {Committed(1)}, std::nullopt, absl::Now());
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->entered, 1u) << "the log knows its tree by now";
}

TEST_F(ProjectReceipts, OfATickThatIsAheadOfTheClockIsRefused) {
  const NamedReceipt first = Committed(0), second = Committed(1), third = Committed(2);
  const absl::Time now = absl::FromUnixMicros(static_cast<int64_t>(tree_.TickUs(0)));
  const auto entered = EnterReceipts(log(), {first, third}, tree_.identity().id(), now);
  EXPECT_EQ(entered.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(entered.status().message()), HasSubstr("receipt-2: the receipt of 2023-11-15T01:00:00Z is "
                                                                 "dated ahead of this clock"));
  EXPECT_EQ(Size(), 1u);
  EXPECT_TRUE(EnterReceipts(log(), {first, second}, tree_.identity().id(), now).ok()) << "clocks may differ a little";
}

TEST_F(ProjectReceipts, ThatCameTooLateAreToldApartFromThoseThatAreInTheLog) {
  const NamedReceipt first = Committed(0), second = Committed(1), third = Committed(2);
  ASSERT_EQ(Enter({first, third}).value(), 2u);
  const auto counted = EnterAll({first, second, third});
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_EQ(counted->entered, 0u);
  EXPECT_EQ(counted->known, 2u);
  EXPECT_EQ(counted->passed, 1u);
}

}  // namespace
}  // namespace accord
