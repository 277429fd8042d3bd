#include "coordinator/federation_tree/tree_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/seeded_entropy.h"
#include "tests/temporary_folder.h"
#include "tests/trust/log/example_log.h"
#include "trust/log/log_check.h"

namespace accord {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// In memory, where there is such a folder: each tick writes every receipt down for good, and none of these tests takes
// the current away.
std::string FolderInMemory() {
  constexpr char kInMemory[] = "/dev/shm";
  return access(kInMemory, W_OK | X_OK) == 0 ? kInMemory : ::testing::TempDir();
}

// An institution with a tree in a folder of its own, at a whole hour.
class Institution {
 public:
  explicit Institution(TreeTerms terms = {8, 3600}) : clock_(absl::FromUnixSeconds(1'700'002'800 - 600)) {
    store_ = TreeStore::Create(TreeStateDir(folder_.path()), "tree", terms, clock_).value();
    clock_.Advance(absl::Seconds(600));
  }

  void Reopen() {
    store_.reset();
    store_ = TreeStore::Open(TreeStateDir(folder_.path()), clock_).value();
  }
  TreeKeeper Keeper() { return TreeKeeper(folder_.path(), *store_, clock_); }
  absl::Status Add(const std::string& name, const HeadOfLog& head) { return Keeper().AddProject(name, head); }
  void HandIn(const std::string& name, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomically(In(name), text, 0644, Durability::kVisible).ok());
  }
  // Makes the tick of now, and waits for the time of the next one.
  MadeTick Tick() {
    auto made = Keeper().Tick();
    EXPECT_TRUE(made.ok()) << made.status();
    clock_.Advance(absl::Seconds(store_->terms().cadence_s));
    return made.value_or(MadeTick{});
  }
  // The export, line by line without LF.
  std::vector<std::string> Lines() {
    std::vector<std::string> lines;
    EXPECT_TRUE(store_->log()
                    .rows()
                    .Export("tree",
                            [&lines](absl::string_view line) {
                              lines.emplace_back(absl::StripSuffix(line, "\n"));
                              return absl::OkStatus();
                            })
                    .ok());
    return lines;
  }
  std::vector<LogEntry> Entries() {
    std::vector<LogEntry> entries;
    for (uint64_t i = 0; i < store_->log().rows().Size("tree").value(); ++i) {
      entries.push_back(*ParseLogEntry(*store_->log().rows().Entry("tree", i)));
    }
    return entries;
  }
  std::string In(const std::string& name) const { return folder_.Path(absl::StrCat("in/", name, "/hand-in")); }
  std::string Out(const std::string& name, const std::string& file) const {
    return folder_.Path(absl::StrCat("out/", name, "/", file));
  }
  absl::StatusOr<ShownReceipt> Receipt(const std::string& name, const std::string& tick) const {
    const auto text = ReadFile(Out(name, absl::StrCat("receipt-", tick)));
    if (!text.ok()) return text.status();
    const auto receipt = TreeReceipt::Parse(*text);
    return receipt.ok() ? CheckTreeReceipt(*receipt) : receipt.status();
  }

  ManualClock clock_;
  TemporaryFolder folder_{FolderInMemory()};
  std::unique_ptr<TreeStore> store_;
};

TEST(TreeKeeper, GivesAProjectItsReceiptAtEachTick) {
  Institution institution;
  const ExampleLog log("heart", 20);
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(5)).ok());
  EXPECT_EQ(*HeadOfLog::Parse(*ReadFile(institution.Out("heart", "taken.head"))), log.HeadFile(5));
  institution.HandIn("heart", log.ProofOfGrowth(5, 9).Write());
  const MadeTick made = institution.Tick();
  EXPECT_EQ(made.num_committed, 1u);
  EXPECT_THAT(made.refused, IsEmpty());
  EXPECT_FALSE(ReadFile(institution.In("heart")).ok()) << "it was taken";
  const auto first = institution.Receipt("heart", "20231114T230000Z");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->head, log.Head(9));
  EXPECT_EQ(*HeadOfLog::Parse(*ReadFile(institution.Out("heart", "taken.head"))), log.HeadFile(9));
  // The same head again is news too: that nothing happened.
  institution.HandIn("heart", log.HeadFile(9).Write());
  institution.Tick();
  const auto second = institution.Receipt("heart", "20231115T000000Z");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(CheckReceiptFollows(*first, *second).ok());
  EXPECT_THAT(institution.store_->WithoutReceipt().value(), IsEmpty()) << "nobody keeps openings";
}

TEST(TreeKeeper, MakesATreeThatHoldsAndHasItsShape) {
  Institution institution;
  for (int i = 0; i < 3; ++i) institution.Tick();
  WholeLogCheck check;
  for (const std::string& line : institution.Lines()) check.Take(line);
  EXPECT_TRUE(check.Finish()) << check.fault()->what;
  TreeShape shape;
  for (const LogEntry& entry : institution.Entries()) ASSERT_TRUE(shape.Take(entry).ok());
  EXPECT_TRUE(shape.Finish().ok());
  EXPECT_EQ(shape.ticks_us().size(), 3u);
}

TEST(TreeKeeper, RefusesARewrittenLogAndKeepsTheEvidence) {
  Institution institution;
  const ExampleLog log("heart", 20);
  ExampleLog fork = log.Fork(4);
  while (fork.entries().size() < 20) fork.AppendJob("another");
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(9)).ok());
  institution.HandIn("heart", fork.ProofOfGrowth(9, 12).Write());
  const MadeTick made = institution.Tick();
  EXPECT_EQ(made.num_committed, 0u);
  ASSERT_EQ(made.refused.size(), 1u);
  EXPECT_THAT(made.refused[0], HasSubstr("heart: FORKED"));
  const std::string folder = "refused-20231114T230000Z/";
  const auto kept = HeadOfLog::Parse(*ReadFile(institution.Out("heart", folder + "kept.head")));
  const auto handed_in = HeadOfLog::Parse(*ReadFile(institution.Out("heart", folder + "handed-in.head")));
  ASSERT_TRUE(kept.ok() && handed_in.ok());
  EXPECT_TRUE(AreForked(*log.identity().CheckHead(kept->head), *log.identity().CheckHead(handed_in->head)));
  EXPECT_THAT(*ReadFile(institution.Out("heart", folder + "why.txt")), HasSubstr("they convict whoever holds it"));
  EXPECT_FALSE(institution.Receipt("heart", "20231114T230000Z").ok());
  EXPECT_FALSE(ReadFile(institution.In("heart")).ok());
  // The honest log goes on from where it was.
  institution.HandIn("heart", log.ProofOfGrowth(9, 12).Write());
  EXPECT_EQ(institution.Tick().num_committed, 1u);
}

TEST(TreeKeeper, APathOrPipeThatIsHandedInDoesNotStopTheTick) {
  Institution institution;
  const ExampleLog log("heart", 9), lung("lung", 9);
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(9)).ok());
  ASSERT_TRUE(institution.Add("lung", lung.HeadFile(9)).ok());
  ASSERT_EQ(mkfifo(institution.In("heart").c_str(), 0600), 0);
  institution.HandIn("lung", lung.HeadFile(9).Write());
  MadeTick made = institution.Tick();
  EXPECT_THAT(made.refused, ElementsAre("heart: it is no ordinary file that can be read"));
  EXPECT_EQ(made.num_committed, 1u);
  ASSERT_EQ(symlink(institution.folder_.Path("state/log.key").c_str(), institution.In("heart").c_str()), 0);
  made = institution.Tick();
  EXPECT_THAT(made.refused, ElementsAre("heart: it is no ordinary file that can be read"));
  EXPECT_TRUE(ReadFile(institution.folder_.Path("state/log.key")).ok());
  institution.HandIn("heart", std::string(kMaxLogProofFileBytes + 1, 'x'));
  EXPECT_THAT(institution.Tick().refused, ElementsAre(HasSubstr("expected at most")));
}

TEST(TreeKeeper, MakesATickOnceAndNeverDatesOneBack) {
  Institution institution;
  ASSERT_TRUE(institution.Keeper().Tick().ok());
  EXPECT_EQ(institution.Keeper().Tick().status().code(), absl::StatusCode::kAlreadyExists);
  institution.clock_.Advance(absl::Hours(2) + absl::Minutes(20));
  const auto late = institution.Keeper().Tick();
  EXPECT_EQ(late.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(late.status().message()),
              HasSubstr("the tick of 2023-11-15T01:00:00Z is missed: it is made within 5m or never"));
  EXPECT_THAT(std::string(late.status().message()), HasSubstr("the next is at 2023-11-15T02:00:00Z"));
  institution.clock_.Advance(absl::Minutes(43));
  institution.Reopen();
  const auto on_time = institution.Keeper().Tick();
  ASSERT_TRUE(on_time.ok()) << on_time.status();
  EXPECT_EQ(institution.Entries().back().unix_us, on_time->tick_us);
  TreeShape shape;
  for (const LogEntry& entry : institution.Entries()) ASSERT_TRUE(shape.Take(entry).ok());
  ASSERT_EQ(MissingTicks(*shape.terms(), shape.ticks_us()).size(), 1u);
  EXPECT_EQ(MissingTicks(*shape.terms(), shape.ticks_us())[0].count, 2u);
}

TEST(TreeKeeper, MakesNoTickLongAfterTheLastUnlessItIsTold) {
  Institution institution;
  institution.Tick();
  institution.clock_.Advance(absl::Hours(999));
  institution.Tick();
  institution.clock_.Advance(absl::Hours(24) * 365 * 10);
  const auto far = institution.Keeper().Tick();
  EXPECT_EQ(far.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(far.status().message()), HasSubstr("Look at the clock; where it is right, say --after-gap"));
  EXPECT_EQ(institution.Entries().size(), 1u + 2 * 8u);
  EXPECT_TRUE(institution.Keeper().Tick(TickGap::kAllow).ok());
  EXPECT_EQ(LongestGap({8, 60}), absl::Hours(24)) << "a day is never too long";
}

TEST(TreeKeeper, SaysThatItsLastTickIsAheadOfTheClock) {
  Institution institution;
  ASSERT_TRUE(institution.store_->Tick(2'100'002'400'000'000, {}).ok());
  const auto made = institution.Keeper().Tick();
  EXPECT_EQ(made.status().code(), absl::StatusCode::kFailedPrecondition) << "ALREADY_EXISTS would be passed over";
  EXPECT_THAT(std::string(made.status().message()), HasSubstr("the tree's last tick is dated ahead of this clock"));
}

TEST(TreeKeeper, WritesReceiptsThatACrashKeptBack) {
  Institution institution;
  const ExampleLog log("heart", 9);
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(9)).ok());
  // The tick's transaction is on the disk, and nothing after it happened.
  ASSERT_TRUE(institution.store_->Tick(1'700'002'800'000'000, {{"heart", log.HeadFile(9)}}).ok());
  EXPECT_FALSE(institution.Receipt("heart", "20231114T230000Z").ok());
  institution.Reopen();
  EXPECT_EQ(institution.Keeper().Tick().status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(institution.Receipt("heart", "20231114T230000Z").ok());
}

TEST(TreeKeeper, AFolderInTheWayKeepsBackTheReceiptsOfItsProjectAlone) {
  Institution institution;
  const ExampleLog heart("heart", 9), lung("lung", 9);
  ASSERT_TRUE(institution.Add("heart", heart.HeadFile(9)).ok());
  ASSERT_TRUE(institution.Add("lung", lung.HeadFile(9)).ok());
  const std::string elsewhere = institution.folder_.Path("elsewhere"), out = institution.folder_.Path("out/heart");
  std::filesystem::remove_all(out);
  ASSERT_TRUE(std::filesystem::create_directory(elsewhere));
  std::filesystem::create_directory_symlink(elsewhere, out);
  institution.HandIn("heart", heart.HeadFile(9).Write());
  institution.HandIn("lung", lung.HeadFile(9).Write());
  const MadeTick made = institution.Tick();
  EXPECT_EQ(made.num_committed, 2u);
  EXPECT_THAT(made.refused, ElementsAre(HasSubstr("receipts: heart: ")));
  EXPECT_THAT(made.refused, ElementsAre(HasSubstr("is a link or a file; expected a folder")));
  EXPECT_TRUE(institution.Receipt("lung", "20231114T230000Z").ok());
  EXPECT_TRUE(std::filesystem::is_empty(elsewhere)) << "no link is followed";
  ASSERT_EQ(institution.store_->WithoutReceipt().value().size(), 1u) << "what was written is not kept with it";
  EXPECT_EQ(institution.store_->WithoutReceipt().value()[0].name, "heart");
  // At the next tick it is tried again.
  std::filesystem::remove(out);
  EXPECT_THAT(institution.Tick().refused, IsEmpty());
  EXPECT_TRUE(institution.Receipt("heart", "20231114T230000Z").ok());
}

TEST(TreeKeeper, LooksForReceiptsToWriteBehindThoseItCannotWrite) {
  Institution institution;
  const ExampleLog heart("heart", 9), lung("lung", 9);
  ASSERT_TRUE(institution.Add("heart", heart.HeadFile(9)).ok());
  ASSERT_TRUE(institution.Add("lung", lung.HeadFile(9)).ok());
  ASSERT_TRUE(
      institution.store_->Tick(1'700'002'800'000'000, {{"heart", heart.HeadFile(9)}, {"lung", lung.HeadFile(9)}}).ok());
  const std::vector<TreeOpening> all = institution.store_->WithoutReceipt().value();
  ASSERT_EQ(all.size(), 2u);
  const std::vector<TreeOpening> rest = institution.store_->WithoutReceipt(all[0]).value();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].name, all[1].name);
  EXPECT_THAT(institution.store_->WithoutReceipt(all[1]).value(), IsEmpty());
}

TEST(TreeKeeper, NoticesThatItsStateIsAnOlderCopy) {
  Institution institution;
  const ExampleLog log("heart", 20);
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(5)).ok());
  institution.Tick();
  const std::string state = TreeStateDir(institution.folder_.path()), older = institution.folder_.Path("older");
  institution.store_.reset();
  std::filesystem::copy(state, older, std::filesystem::copy_options::recursive);
  institution.Reopen();
  institution.HandIn("heart", log.ProofOfGrowth(5, 9).Write());
  ASSERT_TRUE(institution.Keeper().Tick().ok());
  institution.store_.reset();
  std::filesystem::remove_all(state);
  std::filesystem::rename(older, state);
  institution.Reopen();
  for (int i = 0; i < 2; ++i) {
    const auto made = institution.Keeper().Tick();
    EXPECT_EQ(made.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(made.status().message()),
                HasSubstr("receipt-20231115T000000Z is of a later tick than the last in this tree"));
    institution.clock_.Advance(absl::Hours(1));
  }
}

TEST(TreeKeeper, MakesTheFoldersOfAProjectWhoseAddDidNotComeToItsEnd) {
  Institution institution;
  const ExampleLog log("heart", 20), lung("lung", 9);
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(5)).ok());
  institution.HandIn("heart", log.ProofOfGrowth(5, 9).Write());
  institution.Tick();
  std::filesystem::remove_all(institution.folder_.Path("in/heart"));
  std::filesystem::remove_all(institution.folder_.Path("out/heart"));
  EXPECT_EQ(institution.Add("heart", lung.HeadFile(5)).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_FALSE(std::filesystem::exists(institution.folder_.Path("out/heart"))) << "it is another log";
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(5)).ok());
  EXPECT_TRUE(std::filesystem::is_directory(institution.folder_.Path("in/heart")));
  EXPECT_EQ(*HeadOfLog::Parse(*ReadFile(institution.Out("heart", "taken.head"))), log.HeadFile(9)) << "the kept head";
  EXPECT_EQ(institution.Add("heart", log.HeadFile(5)).code(), absl::StatusCode::kAlreadyExists);
}

TEST(TreeKeeper, GivesTheKeptHeadAgainWithARefusal) {
  Institution institution;
  const ExampleLog log("heart", 20);
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(5)).ok());
  ASSERT_TRUE(std::filesystem::remove(institution.Out("heart", "taken.head")));
  institution.HandIn("heart", log.HeadFile(9).Write());
  EXPECT_THAT(institution.Tick().refused, ElementsAre(HasSubstr("--since taken.head")));
  EXPECT_EQ(*HeadOfLog::Parse(*ReadFile(institution.Out("heart", "taken.head"))), log.HeadFile(5));
}

TEST(TreeKeeper, LooksAtAHandInThatWasMovedBeforeACrash) {
  Institution institution;
  const ExampleLog log("heart", 20);
  ASSERT_TRUE(institution.Add("heart", log.HeadFile(5)).ok());
  const std::string moved = institution.folder_.Path("state/hand-in-heart");
  ASSERT_TRUE(WriteFileAtomically(moved, log.ProofOfGrowth(5, 9).Write()).ok());
  EXPECT_EQ(institution.Tick().num_committed, 1u);
  EXPECT_EQ(institution.Receipt("heart", "20231114T230000Z")->head, log.Head(9));
  EXPECT_FALSE(std::filesystem::exists(moved));
  // A newer one counts.
  ASSERT_TRUE(WriteFileAtomically(moved, log.ProofOfGrowth(9, 11).Write()).ok());
  institution.HandIn("heart", log.ProofOfGrowth(9, 12).Write());
  EXPECT_EQ(institution.Tick().num_committed, 1u);
  EXPECT_EQ(institution.Receipt("heart", "20231115T000000Z")->head, log.Head(12));
  EXPECT_FALSE(std::filesystem::exists(moved));
}

TEST(TreeKeeper, GivesEachProjectASlotForEver) {
  Institution institution({2, 3600});
  const ExampleLog heart("heart", 9), lung("lung", 9), eye("eye", 9);
  ASSERT_TRUE(institution.Add("heart", heart.HeadFile(5)).ok());
  EXPECT_EQ(institution.Add("heart", lung.HeadFile(5)).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(institution.Add("heart-again", heart.HeadFile(3)).code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(institution.Add("lung", lung.HeadFile(5)).ok());
  const absl::Status full = institution.Add("eye", eye.HeadFile(5));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()), HasSubstr("begin another tree with more slots"));
  const auto slot_of_heart = [&] { return institution.store_->Projects().value()[0].slot; };
  const uint32_t slot = slot_of_heart();
  ASSERT_TRUE(institution.store_->SetPresent("heart", false).ok());
  institution.HandIn("heart", heart.ProofOfGrowth(5, 9).Write());
  EXPECT_EQ(institution.Tick().num_committed, 0u) << "it is away";
  EXPECT_EQ(institution.Add("eye", eye.HeadFile(5)).code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(institution.store_->SetPresent("heart", true).ok());
  EXPECT_EQ(slot_of_heart(), slot);
  EXPECT_EQ(institution.Tick().num_committed, 1u) << "it goes on from the head that was taken before it left";
  EXPECT_EQ(institution.store_->SetPresent("no-such", true).code(), absl::StatusCode::kNotFound);
}

TEST(TreeStore, IsMadeOnceAndOpenedOnlyWhereItIs) {
  const TemporaryFolder folder;
  ManualClock clock;
  const std::string state = folder.Path("state");
  EXPECT_EQ(TreeStore::Open(state, clock).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(state + "/federation-tree.db")) << "looking makes nothing";
  EXPECT_EQ(TreeStore::Create(state, "Tree", {8, 3600}, clock).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(TreeStore::Create(state, "tree", {1, 3600}, clock).status().code(), absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(TreeStore::Create(state, "tree", {8, 3600}, clock).ok());
  EXPECT_EQ(TreeStore::Create(state, "tree", {9, 3600}, clock).status().code(), absl::StatusCode::kAlreadyExists);
  const auto opened = TreeStore::Open(state, clock);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ((*opened)->terms(), (TreeTerms{8, 3600}));
}

// What anybody sees of a tree, without what is random in it: of each line of its export the length, of each entry
// everything but the commitment.
std::vector<std::string> VisibleShape(Institution& institution) {
  std::vector<std::string> shape;
  for (const std::string& line : institution.Lines()) {
    shape.push_back(absl::StrCat(line.substr(0, line.find(':')), " ", line.size()));
  }
  for (const LogEntry& entry : institution.Entries()) {
    if (entry.index == 0) continue;
    const SlotEntry slot = *ReadSlotEntry(entry);
    shape.push_back(absl::StrCat(entry.index, " ", entry.unix_us, " ", slot.slot, " ", entry.payload.bytes.size(), " ",
                                 entry.names.size(), entry.subject, " ", slot.payload.terms.slots));
  }
  return shape;
}

// Attack: a member of one project counts, names or times the others by what the tree shows.
TEST(TreeShowsNothing, OfHowManyProjectsThereAreWhenTheyComeAndGoAndWhatTheyAreCalled) {
  Institution lonely({64, 3600}), crowded({64, 3600});
  std::map<std::string, std::unique_ptr<ExampleLog>> logs;
  for (int i = 0; i < 40; ++i) {
    const std::string name = absl::StrCat("secret-study-", i);
    logs[name] = std::make_unique<ExampleLog>(name, 12);
  }
  const ExampleLog own("own", 12);
  ASSERT_TRUE(lonely.Add("own", own.HeadFile(1)).ok());
  ASSERT_TRUE(crowded.Add("own", own.HeadFile(1)).ok());
  for (uint64_t tick = 0; tick < 4; ++tick) {
    int i = 0;
    for (const auto& [name, log] : logs) {
      const uint64_t begins = static_cast<uint64_t>(i++) % 4;
      if (begins == tick) {
        ASSERT_TRUE(crowded.Add(name, log->HeadFile(1)).ok());
      }
      if (begins > tick || (tick + begins) % 2 == 1) continue;  // not there yet, or silent
      const auto kept = crowded.store_->Projects().value();
      const auto row = std::find_if(kept.begin(), kept.end(), [&name](const TreeProject& p) { return p.name == name; });
      const uint64_t size = ParseLogHead(row->head.head.bytes)->tree_size;
      crowded.HandIn(name, log->ProofOfGrowth(size, tick + 2).Write());
    }
    for (Institution* institution : {&lonely, &crowded}) {
      institution->HandIn("own", own.HeadFile(1).Write());
      institution->Tick();
    }
  }
  EXPECT_EQ(VisibleShape(lonely), VisibleShape(crowded));
  for (const std::string& line : crowded.Lines()) EXPECT_THAT(line, Not(HasSubstr("secret")));
  std::set<std::string> commitments;
  for (const LogEntry& entry : crowded.Entries()) {
    EXPECT_FALSE(absl::StrContains(entry.payload.bytes, "secret"));
    EXPECT_TRUE(commitments.insert(entry.payload.bytes).second) << "no two are alike, of one head neither";
  }
}

// Nor by when its files were written.
TEST(TreeShowsNothing, ByTheTimesOfAProjectsFiles) {
  Institution institution;
  const ExampleLog heart("heart", 9), lung("lung", 9);
  ASSERT_TRUE(institution.Add("heart", heart.HeadFile(9)).ok());
  ASSERT_TRUE(institution.Add("lung", lung.HeadFile(9)).ok());
  institution.HandIn("heart", heart.HeadFile(9).Write());
  institution.HandIn("lung", "a word\n");
  institution.Tick();
  const std::string refused = "refused-20231114T230000Z";
  for (const std::string& path :
       {institution.folder_.Path("out/heart"), institution.Out("heart", "receipt-20231114T230000Z"),
        institution.Out("heart", "taken.head"), institution.folder_.Path("in/heart"),
        institution.folder_.Path("out/lung"), institution.Out("lung", refused),
        institution.Out("lung", refused + "/why.txt"), institution.Out("lung", refused + "/kept.head")}) {
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mtim.tv_sec, 1'700'002'800) << path;
    EXPECT_EQ(info.st_mtim.tv_nsec, 0) << path;
  }
}

// Nor by which of them the keeper comes to first.
TEST(TreeShowsNothing, ByTheOrderInWhichTheKeeperLooksAtProjects) {
  std::set<std::vector<std::string>> orders;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    Institution institution;
    for (int i = 0; i < 8; ++i) {
      const std::string name = absl::StrCat("study-", i);
      ASSERT_TRUE(institution.Add(name, ExampleLog(name, 1).HeadFile(1)).ok());
      institution.HandIn(name, "a word\n");
    }
    SeededEntropy entropy(seed);
    auto made = TreeKeeper(institution.folder_.path(), *institution.store_, institution.clock_, entropy).Tick();
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_EQ(made->refused.size(), 8u);
    orders.insert(made->refused);
  }
  EXPECT_GT(orders.size(), 1u) << "it is drawn";
}

// Nor by the slot that it is given: each is as likely, whoever was there before.
TEST(TreeShowsNothing, ByTheSlotOfAProjectThatComesLater) {
  std::map<uint32_t, int> drawn;
  const ExampleLog first("first", 1), second("second", 1);
  for (int i = 0; i < 24; ++i) {
    Institution institution({2, 3600});
    ASSERT_TRUE(institution.store_->AddProject("first", first.HeadFile(1)).ok());
    ASSERT_TRUE(institution.store_->AddProject("second", second.HeadFile(1)).ok());
    ++drawn[institution.store_->Projects().value()[1].slot];
  }
  // Of two slots with a half each one is missed in 24 draws about once in 10^7.
  EXPECT_EQ(drawn.size(), 2u);
}

}  // namespace
}  // namespace accord
