// accord-coordinator federation-tree, and the commands by which a project's coordinator hands in and enters receipts:
// in the order of docs/operations.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "coordinator/commands/commands.h"
#include "coordinator/store/store.h"
#include "tests/temporary_folder.h"
#include "trust/federation_tree/receipt.h"

namespace accord {
namespace {

using ::testing::HasSubstr;

class FederationTreeCommands : public ::testing::Test {
 protected:
  FederationTreeCommands() : clock_(absl::FromUnixSeconds(1'700'002'800 - 600)) {
    ::testing::internal::CaptureStdout();
    InitOptions init{folder_.Path("coordinator"), {}, "127.0.0.1:0"};
    init.project = "heart";
    const absl::Status made = RunInit(init);
    ::testing::internal::GetCapturedStdout();
    EXPECT_TRUE(made.ok()) << made;
    tree_.folder = folder_.Path("tree");
    tree_.slots = 8;
    tree_.project = "heart";
    tree_.head = folder_.Path("heart.head");
    tree_.out = folder_.Path("tree.log");
    tree_.clock = &clock_;
  }

  void Do(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }
  LogOptions Log(const std::string& out, const std::string& since = "") const {
    return {.config = folder_.Path("coordinator/coordinator.yaml"), .out = out, .since = since};
  }
  std::string HandIn() const { return folder_.Path("tree/in/heart/hand-in"); }
  std::string Out(const std::string& file) const { return folder_.Path("tree/out/heart/" + file); }

  TemporaryFolder folder_;
  ManualClock clock_;
  TreeOptions tree_;
  std::ostringstream out_;
};

TEST_F(FederationTreeCommands, OfThePageDoWhatItSays) {
  Do(InitTree(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("with 8 slots, all filled once in 3600 s"));
  Do(WriteLogHeadFile(Log(tree_.head), out_));
  Do(AddTreeProject(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("Let it see those two alone"));
  Do(HandInLog(Log(HandIn(), Out("taken.head")), out_));
  clock_.Advance(absl::Seconds(600));
  Do(TickTree(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("tick of 2023-11-14T23:00:00Z: 1 committed to\n"));
  LogOptions receipts = Log("");
  receipts.files = {Out("receipt-20231114T230000Z")};
  EXPECT_THAT(std::string(TakeReceipts(receipts, out_).message()), HasSubstr("say which with --tree-id"));
  receipts.tree_id = "a word";
  EXPECT_THAT(std::string(TakeReceipts(receipts, out_).message()), HasSubstr("--tree-id: "));
  const auto receipt = TreeReceipt::Parse(*ReadFile(receipts.files[0]));
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  receipts.tree_id = HexDigest(CheckTreeReceipt(*receipt)->tree.id());
  Do(TakeReceipts(receipts, out_));
  EXPECT_THAT(out_.str(), HasSubstr("1 of 1 receipts were entered into the log; 0 were in it; 0 are older"));
  // From now on the log itself knows from where the next proof goes.
  Do(HandInLog(Log(HandIn()), out_));
  clock_.Advance(absl::Hours(1));
  Do(TickTree(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("tick of 2023-11-15T00:00:00Z: 1 committed to\n"));
  Do(ExportTree(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("accord audit federation-tree " + tree_.out));
  Do(ShowTree(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("8 slots, once in 3600 s; 2 ticks, the last of 2023-11-15T00:00:00Z\n"));
  EXPECT_THAT(out_.str(), HasSubstr("  heart: log "));
  Do(RemoveTreeProject(tree_, out_));
  Do(ShowTree(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("  heart (away): log "));
  Do(RestoreTreeProject(tree_, out_));
}

TEST_F(FederationTreeCommands, SayWhatIsRefusedAndWhatIsMissed) {
  Do(InitTree(tree_, out_));
  EXPECT_EQ(InitTree(tree_, out_).code(), absl::StatusCode::kAlreadyExists);
  Do(WriteLogHeadFile(Log(tree_.head), out_));
  Do(AddTreeProject(tree_, out_));
  ASSERT_TRUE(WriteFileAtomically(HandIn(), "a word\n").ok());
  clock_.Advance(absl::Seconds(600));
  Do(TickTree(tree_, out_));
  EXPECT_THAT(out_.str(), HasSubstr("REFUSED heart: line 1: expected accord-log-consistency-v1\n"));
  clock_.Advance(absl::Minutes(90));
  EXPECT_THAT(std::string(TickTree(tree_, out_).message()), HasSubstr("is missed"));
  clock_.Advance(absl::Minutes(30) + absl::Hours(2000));
  EXPECT_THAT(std::string(TickTree(tree_, out_).message()), HasSubstr("where it is right, say --after-gap"));
  TreeOptions after_gap = tree_;
  after_gap.after_gap = true;
  Do(TickTree(after_gap, out_));
  TreeOptions nowhere = tree_;
  nowhere.folder = folder_.Path("nowhere");
  EXPECT_THAT(std::string(ShowTree(nowhere, out_).message()), HasSubstr("has no federation tree: name its folder"));
  EXPECT_FALSE(std::filesystem::exists(nowhere.folder));
  nowhere.head = folder_.Path("no.head");
  EXPECT_THAT(std::string(AddTreeProject(nowhere, out_).message()), HasSubstr("no.head"));
}

TEST_F(FederationTreeCommands, TheProjectOfACoordinatorStaysWhatItWas) {
  const std::string config = folder_.Path("coordinator/coordinator.yaml");
  Do(ShowLog(Log(""), out_));
  EXPECT_THAT(out_.str(), HasSubstr("project heart\n"));
  const std::string text = *ReadFile(config);
  EXPECT_THAT(text, HasSubstr("\nproject: heart\n"));
  const size_t at = text.find("project: heart");
  ASSERT_TRUE(WriteFileAtomically(config, text.substr(0, at) + "project: lung" + text.substr(at + 14)).ok());
  const absl::Status changed = ShowLog(Log(""), out_);
  EXPECT_EQ(changed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(changed.message()),
              HasSubstr("is of project heart, as its first entry says for ever, and not "
                        "of lung: say project: heart in coordinator.yaml"));
  EXPECT_EQ(Store::Open(folder_.Path("coordinator/state"), Clock::System(), "lung").status().code(),
            absl::StatusCode::kFailedPrecondition);
  ::testing::internal::CaptureStdout();
  InitOptions init{folder_.Path("other"), {}, "127.0.0.1:0"};
  init.project = "No Project";
  EXPECT_THAT(std::string(RunInit(init).message()), HasSubstr("--project No Project is not 1 to 63 of a-z 0-9 -"));
  ::testing::internal::GetCapturedStdout();
}

}  // namespace
}  // namespace accord
