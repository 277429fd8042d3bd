// What a coordinator that holds the log's key may make of the federation's log, over real daemons: each site holds what
// it is shown against what it has seen, keeps the signed head that it was shown, and takes nothing under it.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "tests/integration/forged_log.h"
#include "tests/integration/lied_to_federation.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kNotOnlyAddedTo[] = "the federation's log was not only added to: this site has seen ";
constexpr char kOtherTerms[] = " took part under other terms than this site: other the head of the log";

class LiesAboutTheLog : public LiedToFederation {
 protected:
  std::string HeadFile(size_t site) const { return StateOf(site) + "/log.head"; }
  uint64_t SizeKept(size_t site) {
    const auto file = HeadOfLog::Parse(ReadWhole(HeadFile(site)));
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? ParseLogHead(file->head.bytes)->tree_size : 0;
  }
  std::unique_ptr<ForgedLog> Forged(ForgedLog::Change change) {
    auto forged = ForgedLog::Of(*federation_, std::move(change));
    EXPECT_TRUE(forged.ok()) << forged.status().message();
    return forged.ok() ? *std::move(forged) : nullptr;
  }
  // What is printed by a command that finds something wrong, to somebody who has the files alone.
  std::string FoundWrong(const std::vector<std::string>& arguments) {
    const auto found = governance_->As("a-third-party", arguments);
    EXPECT_FALSE(found.ok()) << *found;
    return std::string(found.status().message());
  }
  // The only file of the site's evidence with this ending.
  std::string EvidenceOf(size_t site, const std::string& extension) {
    std::vector<std::string> found;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(StateOf(site) + "/evidence", none)) {
      if (file.path().extension() == extension) found.push_back(file.path().string());
    }
    EXPECT_EQ(found.size(), 1u) << federation_->site_name(site);
    return found.empty() ? "" : found.front();
  }
};

// ---- one story, and it is not what the sites have seen ----

class ALogThatWasTamperedWith : public LiesAboutTheLog {
 protected:
  // Refused by all sites, with the head that each of them was shown.
  void ExpectRefusedByAll(const std::string& job_id) {
    const std::string honest = Path("honest.log");
    for (size_t site = 0; site < kSites; ++site) {
      const std::string read = ExpectRefused(site, kNotOnlyAddedTo, job_id);
      // By now it has as many entries as the head that was shown.
      const auto exported = federation_->Coordinator({"log", "export", "--out", honest});
      ASSERT_TRUE(exported.ok()) << exported.status().message();
      EXPECT_THAT(read, AllOf(HasSubstr(absl::StrCat(kNotOnlyAddedTo, SizeKept(site), " entries")),
                              HasSubstr("for now"), HasSubstr(job_id)));
      EXPECT_THAT(FoundWrong({"audit", "verify", honest, "--against", HeadNamedIn(read, site)}),
                  AllOf(HasSubstr("FORKED"), HasSubstr("the log's keeper has signed two stories")));
      EXPECT_THAT(As("a-third-party", {"audit", "verify", honest, "--against", HeadFile(site)}),
                  HasSubstr("The log holds."));
      ExpectNothingLeft(site);
    }
  }

 private:
  // By the words of a refusal.
  std::string HeadNamedIn(const std::string& read, size_t site) const {
    const std::string before = "the head that was shown, with its signature, is ";
    const size_t begin = read.find(before), end = read.find(" among", begin);
    EXPECT_NE(end, std::string::npos) << read;
    if (end == std::string::npos) return "";
    const size_t name = begin + before.size();
    return absl::StrCat(StateOf(site), "/evidence/", read.substr(name, end - name));
  }
};

TEST_F(ALogThatWasTamperedWith, IsRefusedWithItsHeadAsEvidenceWhetherRewrittenDroppedFromOrReordered) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  constexpr size_t kIndex = 3;  // of a member; what the sites were greeted with covers it
  ASSERT_GT(SizeKept(0), kIndex + 1);
  const struct {
    std::string name;
    ForgedLog::Change change;
    bool in_greeting;  // else a plan is the first that shows it
  } lies[] = {{"rewritten", ForgedLog::Rewritten(kIndex), false},
              {"dropped-from", ForgedLog::Without(kIndex), false},
              {"reordered", ForgedLog::Swapped(kIndex), true}};
  for (const auto& lie : lies) {
    SCOPED_TRACE(lie.name);
    const std::shared_ptr<ForgedLog> forged = Forged(lie.change);
    ASSERT_NE(forged, nullptr);
    liar_->Tell([forged](const std::string& /*site*/, v1::CoordinatorMessage& message) {
      const absl::Status done = forged->Forge(message);
      EXPECT_TRUE(done.ok()) << done.message();
      return done.ok();
    });
    if (lie.in_greeting) EndSessions();
    const std::string id = SubmitApproved(Order(JobYaml(2, lie.name), charter_));
    ExpectRefusedByAll(id);
    EXPECT_EQ(Ended(id).rounds_done(), 0u);
    if (HasFailure()) return;
  }
  // What was seen is still what counts: the log that continues it is taken as ever.
  liar_->TellTheTruth();
  EndSessions();
  Finish(SubmitApproved(Order(JobYaml(1, "honest"), charter_)));
}

// ---- two stories ----

class AForkedLog : public LiesAboutTheLog {
 protected:
  static constexpr size_t kDeceived = 2;  // is shown the other story

  // From here on the coordinator has two logs, each of which continues what its sites have seen.
  void Fork() {
    forged_ = Forged(ForgedLog::Rewritten(SizeKept(kDeceived)));
    ASSERT_NE(forged_, nullptr);
    liar_->KeepCloses();
    liar_->Tell([this](const std::string& site, v1::CoordinatorMessage& message) {
      if (message.has_plan()) {
        absl::MutexLock lock(&mutex_);
        plan_ = message.plan().id();
      }
      if (site != federation_->site_name(kDeceived)) return true;
      const absl::Status done = forged_->Forge(message);
      EXPECT_TRUE(done.ok()) << done.message();
      return done.ok();
    });
  }
  // What no honest coordinator does: shows each site the others' uploads, as if all had taken part in one round.
  void ShowAllUploadsToAll() {
    v1::CoordinatorMessage message;
    for (size_t site = 0; site < kSites; ++site) {
      *message.mutable_survivors()->add_headers() = AwaitClose(site).header();
    }
    {
      absl::MutexLock lock(&mutex_);
      *message.mutable_survivors()->mutable_plan() = plan_;
    }
    for (size_t site = 0; site < kSites; ++site) {
      EXPECT_TRUE(liar_->Send(federation_->site_name(site), message)) << federation_->site_name(site);
    }
  }

 private:
  v1::UploadClose AwaitClose(size_t site) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60) * kSlowdown;
    while (absl::Now() < deadline) {
      const auto closes = liar_->ClosedBy(federation_->site_name(site));
      if (!closes.empty()) return closes.back();
      absl::SleepFor(absl::Milliseconds(20));
    }
    ADD_FAILURE() << federation_->site_name(site) << " masked nothing";
    return {};
  }

  std::unique_ptr<ForgedLog> forged_;
  absl::Mutex mutex_;
  v1::PlanId plan_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(AForkedLog, FinishesNoRoundWithSitesOfBothStoriesWhoseFilesConvictTheCoordinator) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  Fork();
  ASSERT_FALSE(HasFailure());
  const std::string id = SubmitApproved(Order(JobYaml(1, "forked"), charter_));
  ShowAllUploadsToAll();
  ASSERT_FALSE(HasFailure());
  // Each side finds by itself that the other was told something else, signs nothing and opens nothing.
  const std::string other = federation_->site_name(kDeceived);
  for (size_t site = 0; site < kSites; ++site) {
    // And not the one in which it says that it has stopped for this reason, which is for now.
    const std::string words =
        absl::StrCat("reason: ", site == kDeceived ? federation_->site_name(0) : other, kOtherTerms);
    EXPECT_THAT(ExpectRefused(site, words, id), HasSubstr("for good"));
    for (const v1::SiteMessage& said : liar_->SaidBy(federation_->site_name(site))) {
      EXPECT_FALSE(said.has_survivor_answer() || said.has_reveal_answer()) << federation_->site_name(site);
    }
    EXPECT_THAT(As("a-third-party", {"audit", "evidence", EvidenceOf(site, ".evidence")}),
                AllOf(HasSubstr("They differ in: the head of the log."), HasSubstr("THE COORDINATOR, OR ONE OF "),
                      HasSubstr("is in this file under the signature of the log's key")));
  }
  // What no site's word is needed for: two heads of one size under one key.
  for (const auto& [ours, theirs] : {std::pair(EvidenceOf(0, ".evidence"), EvidenceOf(kDeceived, ".evidence")),
                                     std::pair(HeadFile(1), HeadFile(kDeceived))}) {
    EXPECT_THAT(FoundWrong({"audit", "compare", ours, theirs}),
                AllOf(HasSubstr("FORKED: two heads of "), HasSubstr("they convict whoever holds the log's key")));
  }
  EXPECT_THAT(As("a-third-party", {"audit", "compare", HeadFile(0), HeadFile(1)}), HasSubstr("AGREE: "));
  EXPECT_EQ(Ended(id).rounds_done(), 0u);
}

TEST_F(AForkedLog, ThatOneSiteMeetsConvictsTheCoordinatorThereAndThatSiteTakesNothingAnyMore) {
  StartBehindTheLiar();
  ASSERT_FALSE(HasFailure());
  // The same size that the site has seen, and an entry of it is another.
  const std::shared_ptr<ForgedLog> forged = Forged(ForgedLog::Rewritten(SizeKept(0) - 1));
  ASSERT_NE(forged, nullptr);
  const auto head = forged->Head(SizeKept(0));
  ASSERT_TRUE(head.ok()) << head.status().message();
  v1::CoordinatorMessage message;
  message.mutable_plan()->mutable_id()->set_job_id("job-of-the-other-story");
  message.mutable_plan()->mutable_id()->set_attempt(1);
  *message.mutable_plan()->mutable_log_head() = *head;
  ASSERT_TRUE(liar_->Send(federation_->site_name(0), message));
  EXPECT_THAT(ExpectRefused(0, "convict whoever keeps the log (accord audit compare)"), HasSubstr("for good"));
  EXPECT_THAT(FoundWrong({"audit", "compare", HeadFile(0), StateOf(0) + "/log.contradiction"}),
              HasSubstr("they convict whoever holds the log's key"));
  // The honest story comes too late for that one; the others have met nothing.
  const std::string id = SubmitApproved(Order(JobYaml(1, "after-the-fork"), charter_));
  ExpectRefused(0, "has signed two different logs", id);
  ExpectNothingLeft(0);
  EXPECT_EQ(Ended(id).rounds_done(), 0u);
}

// ---- two stories for two cohorts that never meet ----

// Two real engines with one key, each of which goes on from where the coordinator was split. No site is ever shown the
// other story, so that none can find out by itself.
class TwoCohorts : public LiesAboutTheLog {
 protected:
  static constexpr size_t kOfEach = 3;
  static inline const std::vector<size_t> kNorth = {0, 1, 2}, kSouth = {3, 4, 5};

  void StartAll() {
    Start(bench::TrivialSites(2 * kOfEach), /*num_running=*/0);
    if (HasFatalFailure()) return;
    auto governance = bench::Governance::Create(*federation_);
    ASSERT_TRUE(governance.ok()) << governance.status().message();
    governance_ = *std::move(governance);
    PutTheLiarBetween();
    if (HasFatalFailure()) return;
    const absl::Status started = federation_->StartSites();
    ASSERT_TRUE(started.ok()) << started.message();
    // All have been told by the others what those have seen of them: afterwards half of them are out of reach.
    for (size_t site = 0; site < federation_->num_sites(); ++site) AwaitTakesPlans(site);
  }
  // From here on the south is on a copy of the coordinator's folder.
  void Split() {
    federation_->coordinator().Stop();
    std::filesystem::copy(Path("coordinator"), Path("copy"), std::filesystem::copy_options::recursive);
    ChangePort(Path("copy/coordinator.yaml"));
    entries_of_both_ = EntriesOf(Exported("copy", "both.log"));
    auto copy = bench::Process::Start(
        {.argv = {federation_->Binary("accord-coordinator"), "run", "--config", Path("copy/coordinator.yaml")},
         .output_path = Path("copy.log")});
    ASSERT_TRUE(copy.ok()) << copy.status().message();
    copy_ = *std::move(copy);
    const absl::Status listens = copy_.WaitForOutput("listening", absl::Seconds(60) * kSlowdown);
    ASSERT_TRUE(listens.ok()) << listens.message();
    const std::string address =
        absl::StrCat("localhost:", absl::StripAsciiWhitespace(ReadWhole(Path("copy/state/port"))));
    for (const size_t site : kSouth) liar_->Serve(federation_->site_name(site), address);
    std::filesystem::copy(Path("engineer"), Path("engineer-of-south"), std::filesystem::copy_options::recursive);
    ASSERT_TRUE(WriteFileAtomically(Path("engineer-of-south/coordinator"), address + "\n").ok());
    const absl::Status started = federation_->StartCoordinator();
    ASSERT_TRUE(started.ok()) << started.message();
  }
  // A job over the three sites of a cohort, to its end.
  void RunAs(const std::string& person, uint32_t rounds) {
    const std::string file = Path(absl::StrCat(person, "-", rounds, ".yaml"));
    ASSERT_TRUE(WriteFileAtomically(file, JobYaml(rounds, "of-half")).ok());
    EXPECT_THAT(As(person, {"job", "submit", file, "--watch"}), HasSubstr("finished"));
  }
  std::string Exported(const std::string& folder, const std::string& name) {
    const auto exported = bench::RunProgram({federation_->Binary("accord-coordinator"), "log", "export", "--out",
                                             Path(name), "--config", Path(folder + "/coordinator.yaml")},
                                            absl::Seconds(60) * kSlowdown);
    EXPECT_TRUE(exported.ok()) << exported.status().message();
    return Path(name);
  }
  uint64_t EntriesOf(const std::string& log) {
    uint64_t count = 0;
    for (const absl::string_view line : absl::StrSplit(ReadWhole(log), '\n')) {
      if (absl::StartsWith(line, "entry: ")) ++count;
    }
    return count;
  }
  void ExpectAgree(const std::string& one, const std::string& other) {
    EXPECT_THAT(As("a-third-party", {"audit", "compare", one, other}), HasSubstr("AGREE: ")) << one << " " << other;
  }
  // In either order.
  void ExpectForked(const std::string& one, const std::string& other, const std::string& words) {
    for (const auto& [first, second] : {std::pair(one, other), std::pair(other, one)}) {
      EXPECT_THAT(
          FoundWrong({"audit", "compare", first, second}),
          AllOf(HasSubstr("FORKED: "), HasSubstr(words), HasSubstr("they convict whoever holds the log's key")));
    }
  }
  // That they are of different sizes says nothing by itself.
  void ExpectNotKnown(const std::string& one, const std::string& other) {
    EXPECT_THAT(FoundWrong({"audit", "compare", one, other}), HasSubstr("NOT KNOWN: "));
  }

  bench::Process copy_;
  uint64_t entries_of_both_ = 0;

 private:
  static void ChangePort(const std::string& config) {
    std::vector<std::string> lines = absl::StrSplit(ReadWhole(config), '\n');
    for (std::string& line : lines) {
      if (absl::StartsWith(line, "listen: ")) line = "listen: 127.0.0.1:0";
    }
    ASSERT_TRUE(WriteFileAtomically(config, absl::StrJoin(lines, "\n")).ok());
  }
};

TEST_F(TwoCohorts, ThatNeverMeetFindTheForkByTheFilesThatEachWasGivenWithTheIndexWhereTheStoriesPart) {
  StartAll();
  ASSERT_FALSE(HasFailure());
  Split();
  ASSERT_FALSE(HasFailure());
  RunAs("engineer", 2);
  RunAs("engineer-of-south", 1);
  ASSERT_FALSE(HasFailure());
  const std::string north = Exported("coordinator", "north.log"), south = Exported("copy", "south.log");
  // Each cohort for itself sees one log that is only added to.
  for (const auto& [cohort, log] : {std::pair(kNorth, north), std::pair(kSouth, south)}) {
    ExpectAgree(log, Path("both.log"));
    for (const size_t site : cohort) {
      ExpectAgree(log, HeadFile(site));
      ExpectAgree(HeadFile(cohort.front()), HeadFile(site));
      EXPECT_GT(SizeKept(site), entries_of_both_) << "nothing of the part that differs is in it";
    }
  }
  const std::string part = absl::StrCat("they part at entry ", entries_of_both_, "\n");
  ExpectForked(north, south, part);
  // One side's log beside no more than the head that a site of the other has kept.
  ASSERT_GT(SizeKept(0), SizeKept(3)) << "the north had two rounds";
  for (const size_t site : kSouth) ExpectForked(north, HeadFile(site), "two stories");
  ExpectNotKnown(HeadFile(0), HeadFile(3));
  // A log that has not grown as far says nothing yet. Its next rounds do.
  if (EntriesOf(south) < SizeKept(0)) ExpectNotKnown(south, HeadFile(0));
  RunAs("engineer-of-south", 4);
  const std::string grown = Exported("copy", "grown.log");
  ASSERT_GE(EntriesOf(grown), SizeKept(0));
  for (const size_t site : kNorth) ExpectForked(grown, HeadFile(site), "two stories");
  ExpectForked(north, grown, part);
  ExpectAgree(south, grown);
}

}  // namespace
}  // namespace accord
