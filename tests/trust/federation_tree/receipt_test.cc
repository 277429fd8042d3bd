#include "trust/federation_tree/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "tests/trust/federation_tree/example_tree.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class TreeReceiptTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const uint64_t tick : {0, 1, 2}) tree_.Tick(tick, log_.HeadFile(10 + tick));
  }
  ShownReceipt Shown(uint64_t tick) const { return *CheckTreeReceipt(tree_.Receipt(tick)); }

  const ExampleLog log_{"heart", 20};
  ExampleTree tree_;
};

TEST_F(TreeReceiptTest, ShowsWhichHeadWasCommittedToWhenAndWhere) {
  const auto receipt = TreeReceipt::Parse(tree_.Receipt(1).Write());
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  const auto shown = CheckTreeReceipt(*receipt);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->project.id(), log_.identity().id());
  EXPECT_EQ(shown->head, log_.Head(11));
  EXPECT_EQ(shown->tree.id(), tree_.identity().id());
  EXPECT_EQ(shown->slot.tick_us, tree_.TickUs(1));
  EXPECT_EQ(shown->slot.slot, 2u);
  EXPECT_EQ(ReceiptInWords(shown->slot), "the receipt of 2023-11-15T00:00:00Z");
}

TEST_F(TreeReceiptTest, OpensAsNoOtherHead) {
  TreeReceipt receipt = tree_.Receipt(1);
  receipt.committed = log_.HeadFile(12);
  EXPECT_THAT(std::string(CheckTreeReceipt(receipt).status().message()), HasSubstr("is no commitment to this head"));
  receipt = tree_.Receipt(1);
  receipt.salt[0] ^= 1;
  EXPECT_THAT(std::string(CheckTreeReceipt(receipt).status().message()), HasSubstr("is no commitment to this head"));
}

TEST_F(TreeReceiptTest, OfAnotherKeyOrTreeShowsNothing) {
  TreeReceipt receipt = tree_.Receipt(1);
  receipt.committed.head.signature[5] ^= 1;
  EXPECT_FALSE(CheckTreeReceipt(receipt).ok());
  receipt = tree_.Receipt(1);
  receipt.in_tree.head.signature[5] ^= 1;
  EXPECT_THAT(std::string(CheckTreeReceipt(receipt).status().message()), HasSubstr("the federation tree"));
  receipt = tree_.Receipt(1);
  receipt.in_tree = log_.ProofOfEntry(3, 6);
  EXPECT_THAT(std::string(CheckTreeReceipt(receipt).status().message()), HasSubstr("expected project-head"));
}

TEST_F(TreeReceiptTest, HasOneSpelling) {
  const std::string text = tree_.Receipt(1).Write();
  EXPECT_EQ(TreeReceipt::Parse(text)->Write(), text);
  for (const std::string& bad :
       {std::string(), text.substr(0, text.size() - 1), text + "more: 1\n", absl::StrReplaceAll(text, {{"v1", "v2"}}),
        absl::StrReplaceAll(text, {{"salt: ", "salt:"}}), text + std::string(kMaxTreeReceiptBytes, 'x') + "\n"}) {
    EXPECT_EQ(TreeReceipt::Parse(bad).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_THAT(std::string(TreeReceipt::Parse(absl::StrReplaceAll(text, {{"of: ", "off: "}})).status().message()),
              HasSubstr("line 3: expected 'of:'"));
}

TEST_F(TreeReceiptTest, FollowsAnEarlierOneOfTheSameLogTreeAndSlot) {
  EXPECT_TRUE(CheckReceiptFollows(Shown(0), Shown(1)).ok());
  EXPECT_EQ(CheckReceiptFollows(Shown(1), Shown(0)).code(), absl::StatusCode::kInvalidArgument);
  ExampleTree back;
  back.Tick(3, log_.HeadFile(5));
  ShownReceipt shorter = *CheckTreeReceipt(back.Receipt(3));
  shorter.tree = Shown(0).tree;
  EXPECT_THAT(std::string(CheckReceiptFollows(Shown(0), shorter).message()),
              HasSubstr("of a head of 5 entries, the one before of 10"));
}

TEST_F(TreeReceiptTest, AKeeperThatCommitsTwiceIsConvictedByTwoSlotsOrTwoTrees) {
  ShownReceipt elsewhere = Shown(1);
  elsewhere.slot.slot = 3;
  const absl::Status two_slots = CheckReceiptFollows(Shown(0), elsewhere);
  EXPECT_EQ(two_slots.code(), absl::StatusCode::kAborted);
  EXPECT_THAT(std::string(two_slots.message()), HasSubstr("they convict whoever holds the tree's key"));
  ExampleTree other;
  other.Tick(1, log_.HeadFile(11));
  EXPECT_EQ(CheckReceiptFollows(Shown(0), *CheckTreeReceipt(other.Receipt(1))).code(), absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace accord
