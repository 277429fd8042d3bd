// What a coordinator that holds the log's key may make of the federation's log, over real daemons: each site holds what
// it is shown against what it has seen, keeps the signed head that it was shown, and takes nothing under it.
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
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

}  // namespace
}  // namespace accord
