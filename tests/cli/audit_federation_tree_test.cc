// `accord audit federation-tree`, and `accord audit verify` of a receipt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "tests/cli/cli_fixture.h"
#include "tests/trust/federation_tree/example_tree.h"
#include "tests/trust/log/example_log.h"

namespace accord {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class AuditFederationTree : public CliTest {
 protected:
  // A project that hands in its head of 10 + `tick` entries at these ticks of 0 to 5, and enters no receipt itself.
  void MakeTicks(const std::vector<uint64_t>& ticks) {
    for (uint64_t tick = 0; tick < 6; ++tick) {
      const bool is_handed_in = std::find(ticks.begin(), ticks.end(), tick) != ticks.end();
      tree_.Tick(tick, is_handed_in ? std::optional<HeadOfLog>(log_.HeadFile(10 + tick)) : std::nullopt);
    }
  }
  std::vector<std::string> Audit(const std::string& project, const std::vector<uint64_t>& receipts) {
    std::vector<std::string> arguments = {"audit", "federation-tree", WriteFile("tree", tree_.Text()), "--project",
                                          WriteFile("project", project)};
    for (const uint64_t tick : receipts) {
      arguments.push_back("--receipt");
      arguments.push_back(WriteFile(absl::StrCat("receipt-", tick), tree_.Receipt(tick).Write()));
    }
    return arguments;
  }
  // Under the same key, another story from entry 12 on: whoever has the key and all members made it.
  ExampleLog Rewritten() const {
    ExampleLog fork = log_.Fork(12);
    while (fork.entries().size() < 20) fork.AppendJob("another");
    return fork;
  }

  const ExampleLog log_{"heart", 20};
  ExampleTree tree_;
};

TEST_F(AuditFederationTree, SaysThatAnHonestLogGrewOverEveryTick) {
  MakeTicks({0, 1, 2, 3, 4, 5});
  EXPECT_EQ(Run(Audit(log_.Text({20}), {0, 1, 2, 3, 4, 5})), kExitOk) << Errors() << Output();
  EXPECT_THAT(Output(), HasSubstr(absl::StrCat("Federation tree tree, id ", HexDigest(tree_.identity().id()))));
  EXPECT_THAT(Output(), HasSubstr("4 slots, once in 3600 s; 6 ticks, 2023-11-14 23:00:00 UTC to 2023-11-15 04:00:00"));
  EXPECT_THAT(Output(), HasSubstr("6 receipts, 2023-11-14 23:00:00 UTC to 2023-11-15 04:00:00 UTC; the last is of the "
                                  "first 15 entries of 20\n"));
  EXPECT_THAT(Output(), HasSubstr("The log is one growing log at every tick of which there is a receipt.\n"));
}

TEST_F(AuditFederationTree, TakesTheReceiptsThatStandInTheProjectsLog) {
  MakeTicks({0, 5});
  ExampleLog with_receipts = log_;
  LogEntry entry = log_.Draft("");
  entry.kind = LogEntryKind::kReceipt;
  entry.payload = LogPayload::Bytes(tree_.Receipt(0).Write());
  with_receipts.Append(*WriteLogEntry(entry));
  EXPECT_EQ(Run(Audit(with_receipts.Text({21}), {0, 5})), kExitOk) << Errors() << Output();
  EXPECT_THAT(Output(), HasSubstr("2 receipts")) << "the one that is there twice counts once";
  // What stands there as a receipt and is none is a fault of the log.
  LogEntry none = with_receipts.Draft("");
  none.kind = LogEntryKind::kReceipt;
  none.payload = LogPayload::Bytes("trust me\n");
  with_receipts.Append(*WriteLogEntry(none));
  EXPECT_EQ(Run(Audit(with_receipts.Text({22}), {5})), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("entry 21: line 1: expected accord-tree-receipt-v1"));
}

TEST_F(AuditFederationTree, NamesTheFirstTickOfARewrittenLogWhoeverColluded) {
  MakeTicks({0, 1, 2, 3, 4, 5});
  std::vector<std::string> arguments = Audit(Rewritten().Text({20}), {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(Run(arguments), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("The project's log: "));
  // Entry 12 is another, so the first head that is not of this log has 13 entries: that of tick 3.
  EXPECT_THAT(Output(), HasSubstr("The first tick of whose head the log is not: 2023-11-15 02:00:00 UTC"));
  arguments.push_back("--json");
  EXPECT_EQ(Run(arguments), kExitFailed);
  const Json verdict = Json::parse(Output());
  EXPECT_EQ(verdict["holds"], false);
  EXPECT_EQ(verdict["wrong_tick_unix_us"], tree_.TickUs(3));
}

TEST_F(AuditFederationTree, NamesALogThatWasRolledBackBehindATick) {
  MakeTicks({0, 5});
  EXPECT_EQ(Run(Audit(log_.Fork(12).Text({12}), {0, 5})), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("the log ends here, but the head in the receipt of 2023-11-15T04:00:00Z was signed "
                                  "over 15 entries"));
}

TEST_F(AuditFederationTree, SaysAtWhichTicksNothingIsShown) {
  for (const uint64_t tick : {0, 1, 4, 5}) {
    tree_.Tick(tick, tick == 0 || tick == 4 ? std::optional<HeadOfLog>(log_.HeadFile(10 + tick)) : std::nullopt);
  }
  std::vector<std::string> arguments = Audit(log_.Text({20}), {0, 4});
  EXPECT_EQ(Run(arguments), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("Ticks that the tree has not, its keeper was down: 2\n  2023-11-15 01:00:00 UTC to "
                                  "2023-11-15 02:00:00 UTC\n"));
  EXPECT_THAT(Output(),
              HasSubstr("Ticks without a receipt: 2\n  2023-11-15 00:00:00 UTC\n  2023-11-15 04:00:00 UTC\n"));
  arguments.insert(arguments.end(), {"--committed-within-hours", "3"});
  EXPECT_EQ(Run(arguments), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG from 2023-11-14 23:00:00 UTC on: no receipt for more than 3 hours"));
  arguments.back() = "4";
  EXPECT_EQ(Run(arguments), kExitOk);
}

TEST_F(AuditFederationTree, WithoutAReceiptShowsNothing) {
  MakeTicks({});
  EXPECT_EQ(Run(Audit(log_.Text({20}), {})), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("There is no receipt: nothing is shown"));
}

TEST_F(AuditFederationTree, RefusesAnotherTreeThanTheOneThatIsTrusted) {
  MakeTicks({0});
  std::vector<std::string> arguments = Audit(log_.Text({20}), {0});
  arguments.insert(arguments.end(), {"--tree-id", HexDigest(tree_.identity().id())});
  EXPECT_EQ(Run(arguments), kExitOk) << Errors();
  arguments.back() = HexDigest(Sha256("another"));
  EXPECT_EQ(Run(arguments), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("not the one that you trust"));
  // Receipts of a tree that the project made up, beside the real one.
  ExampleTree made_up;
  made_up.Tick(0, log_.HeadFile(10));
  const std::string receipt = WriteFile("made-up", made_up.Receipt(0).Write());
  EXPECT_EQ(Run({"audit", "federation-tree", Path("tree"), "--project", Path("project"), "--receipt", receipt}),
            kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("the head in the receipt of 2023-11-14T23:00:00Z: the head is of the log"));
}

// Attack: a keeper of two trees makes the same entry in both, so that the second receipt looks like the first.
TEST_F(AuditFederationTree, DropsNoReceiptThatConvictsAKeeperOfTwoTrees) {
  MakeTicks({0});
  ExampleTree another;
  another.Tick(0, log_.HeadFile(10));
  ASSERT_EQ(another.Receipt(0).in_tree.entry, tree_.Receipt(0).in_tree.entry);
  std::vector<std::string> arguments = Audit(log_.Text({20}), {0});
  arguments.insert(arguments.end(), {"--receipt", WriteFile("another", another.Receipt(0).Write())});
  EXPECT_EQ(Run(arguments), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("a project is in one tree, for ever"));
}

// Likewise under one key.
TEST_F(AuditFederationTree, HoldsEveryHeadOfTheTreeAgainstItAlsoOfAReceiptThatIsThereTwice) {
  tree_.Tick(0, log_.HeadFile(10));
  const TreeReceipt forked = tree_.ForkedReceipt(0);
  ASSERT_TRUE(CheckTreeReceipt(forked).ok());
  tree_.Tick(1, std::nullopt);
  std::vector<std::string> arguments = Audit(log_.Text({20}), {0});
  EXPECT_EQ(Run(arguments), kExitOk) << Errors() << Output();
  arguments.insert(arguments.end(), {"--receipt", WriteFile("forked", forked.Write())});
  EXPECT_EQ(Run(arguments), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("The federation tree: "));
}

TEST_F(AuditFederationTree, FindsATreeThatWasRewrittenOrHasAnotherShape) {
  MakeTicks({0, 1, 2});
  ExampleTree other;
  other.Tick(0, std::nullopt);
  EXPECT_EQ(Run({"audit", "federation-tree", WriteFile("tree", absl::StrCat(other.Text())), "--project",
                 WriteFile("project", log_.Text({20})), "--receipt", WriteFile("receipt", tree_.Receipt(1).Write())}),
            kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("The federation tree: WRONG"));
  tree_.Append(*WriteLogEntry(tree_.Draft(SlotPayload::OfHead({4, 3600}, {}, ""))));
  EXPECT_EQ(Run(Audit(log_.Text({20}), {0})), kExitFailed);
  EXPECT_THAT(Output(), HasSubstr("WRONG entry 25 of the federation tree begins a second tick"));
}

TEST_F(AuditFederationTree, ReceiptIsVerifiedAloneAndHeldAgainstTheLog) {
  MakeTicks({2});
  const std::string receipt = WriteFile("receipt", tree_.Receipt(2).Write());
  EXPECT_EQ(Run({"audit", "verify", receipt, "--log-id", HexDigest(log_.identity().id())}), kExitOk) << Errors();
  EXPECT_THAT(Output(), HasSubstr("Head of 12 entries"));
  EXPECT_THAT(Output(), HasSubstr("committed to this head at its tick of 2023-11-15 01:00:00 UTC, in slot 2.\n"));
  EXPECT_EQ(Run({"audit", "verify", WriteFile("log", log_.Text({20})), "--against", receipt}), kExitOk) << Errors();
  EXPECT_EQ(Run({"audit", "verify", WriteFile("fork", Rewritten().Text({20})), "--against", receipt}), kExitOk)
      << "12 entries are the same";
  ExampleLog earlier_fork = log_.Fork(5);
  while (earlier_fork.entries().size() < 20) earlier_fork.AppendJob("another");
  EXPECT_EQ(Run({"audit", "verify", WriteFile("fork", earlier_fork.Text({20})), "--against", receipt}), kExitFailed);
  TreeReceipt forged = tree_.Receipt(2);
  forged.salt[0] ^= 1;
  EXPECT_EQ(Run({"audit", "verify", WriteFile("forged", forged.Write())}), kExitFailed);
  EXPECT_THAT(Errors(), HasSubstr("is no commitment to this head"));
}

}  // namespace
}  // namespace accord
