// Orders and approvals as they are stored, and that each stands in the log by the transaction that stores it.
#include <memory>
#include <string>
#include <vector>

#include "coordinator/store/store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/temporary_folder.h"
#include "tests/trust/charter/judging.h"

namespace accord {
namespace {

using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PaperRows : public Judging {
 protected:
  JobSubmission SomeJob(const std::string& id) const {
    JobSubmission job;
    job.record.id = id;
    job.record.submitted_by = "ada";
    job.record.request_id = id;
    job.record.spec_bytes = job_bytes_;
    job.record.layout.set_num_elements(3);
    job.record.next_attempt = 2;
    job.record.model_digest = Sha256Hex("model 0");
    job.papers = StoredPapers{signed_order_.Text(), "heart-network, version 1", "Cleveland Clinic", {}, {}};
    return job;
  }
  StoredApproval Stored(const SignedStatement& statement, const std::string& organisation) const {
    return {statement.Text(), organisation, "person/emil", 17};
  }
  std::vector<LogEntry> LoggedFrom(uint64_t begin) {
    std::vector<LogEntry> entries;
    for (uint64_t index = begin;; ++index) {
      const auto entry = store_->log().rows().Entry(kFederationProject, index);
      if (!entry.ok()) return entries;
      entries.push_back(*ParseLogEntry(*entry));
    }
  }
  std::vector<std::string> NamesOf(uint64_t index) {
    const auto openings = store_->log().rows().Openings(kFederationProject, index, index + 1);
    EXPECT_TRUE(openings.ok()) << openings.status();
    std::vector<std::string> names;
    for (const auto& [entry, opening] : *openings) names.push_back(opening.name);
    return names;
  }

  TemporaryFolder folder_;
  const std::string state_dir_ = folder_.Path("state");
  std::unique_ptr<Store> store_ = *Store::Open(state_dir_);
};

TEST_F(PaperRows, AreThereByteForByteAfterARestart) {
  JobSubmission job = SomeJob("a1");
  job.papers->approvals = {Stored(Lead(), "Magyar Kardiológiai Intézet")};
  ASSERT_TRUE(store_->jobs().AddJob(job).ok());
  const SignedStatement steward = Steward();
  ASSERT_TRUE(store_->jobs().AddApproval("a1", Stored(steward, "Universitätsspital Zürich")).ok());
  store_.reset();
  store_ = *Store::Open(state_dir_);
  const auto papers = store_->jobs().Papers("a1");
  ASSERT_TRUE(papers.ok()) << papers.status();
  ASSERT_TRUE(papers->has_value());
  EXPECT_EQ((*papers)->order, signed_order_.Text());
  EXPECT_EQ((*papers)->charter_name, "heart-network, version 1");
  EXPECT_EQ((*papers)->organisation, "Cleveland Clinic");
  ASSERT_EQ((*papers)->approvals.size(), 2u);
  EXPECT_EQ((*papers)->approvals[0].file, job.papers->approvals[0].file);
  EXPECT_EQ((*papers)->approvals[1].file, steward.Text());
  EXPECT_EQ((*papers)->approvals[1].organisation, "Universitätsspital Zürich");
  EXPECT_EQ((*papers)->approvals[1].brought_by, "person/emil");
  EXPECT_EQ((*papers)->approvals[1].received_unix_ms, 17);
}

TEST_F(PaperRows, OfAJobThatRunsWithoutAreNone) {
  JobSubmission job = SomeJob("a1");
  job.papers.reset();
  ASSERT_TRUE(store_->jobs().AddJob(job).ok());
  EXPECT_FALSE(store_->jobs().Papers("a1")->has_value());
  EXPECT_EQ(LoggedFrom(1).size(), 2u);
}

TEST_F(PaperRows, StandInTheLogByTheHashOfTheirFileAndNameNobody) {
  JobSubmission job = SomeJob("a1");
  job.papers->approvals = {Stored(Lead(), "Magyar Kardiológiai Intézet")};
  ASSERT_TRUE(store_->jobs().AddJob(job).ok());
  const StoredApproval site = Stored(OwnSite(), "");
  ASSERT_TRUE(store_->jobs().AddApproval("a1", site).ok());
  Approval no = By("person/clara", v1::ROLE_STEWARD);
  no.approves = false;
  ASSERT_TRUE(store_->jobs().AddApproval("a1", Stored(Signed(no, federation_.person("clara")), "USZ")).ok());
  const std::vector<LogEntry> entries = LoggedFrom(3);  // behind opened, job, model
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].kind, LogEntryKind::kOrder);
  EXPECT_EQ(entries[0].subject, "a1");
  EXPECT_EQ(entries[0].payload, LogPayload::HashOf(job.papers->order));
  EXPECT_THAT(NamesOf(3), ElementsAre("ada", "Cleveland Clinic", "heart"));
  EXPECT_EQ(entries[1].kind, LogEntryKind::kApproval);
  EXPECT_THAT(NamesOf(4), ElementsAre("bela", "Magyar Kardiológiai Intézet"));
  EXPECT_EQ(entries[2].kind, LogEntryKind::kApproval);
  EXPECT_EQ(entries[2].payload, LogPayload::HashOf(site.file));
  EXPECT_EQ(entries[2].names[0].role, NameRole::kSite);
  EXPECT_THAT(NamesOf(5), ElementsAre("va"));
  EXPECT_EQ(entries[3].kind, LogEntryKind::kRefusal);
  EXPECT_THAT(NamesOf(6), ElementsAre("clara", "USZ"));
}

TEST_F(PaperRows, HandedInTwiceAreStoredAndLoggedOnce) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob("a1")).ok());
  ASSERT_TRUE(store_->jobs().AddApproval("a1", Stored(Lead(), "")).ok());
  // Signed again: another signature under the same words.
  ASSERT_TRUE(store_->jobs().AddApproval("a1", Stored(Lead(), "")).ok());
  EXPECT_EQ((*store_->jobs().Papers("a1"))->approvals.size(), 1u);
  EXPECT_EQ(LoggedFrom(4).size(), 1u);
}

TEST_F(PaperRows, AreAskedForAgainWhereACharterIsInForceByNow) {
  const SignedCharter charter = federation_.SignedByAll(federation_.Written());
  ASSERT_TRUE(store_->charters().Publish(charter, nullptr, federation_.Listed(), At("2027-01-01T00:00:00Z")).ok());
  JobSubmission job = SomeJob("a1");
  job.papers.reset();
  const absl::Status without = store_->jobs().AddJob(job);
  EXPECT_EQ(without.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(without.message()), HasSubstr("accord order write"));
  order_.charter = Sha256("another charter");
  SignOrder("ada");
  EXPECT_EQ(store_->jobs().AddJob(SomeJob("a1")).code(), StatusCode::kFailedPrecondition);
  order_.charter = charter.charter()->hash();
  SignOrder("ada");
  EXPECT_TRUE(store_->jobs().AddJob(SomeJob("a1")).ok());
}

TEST_F(PaperRows, AreNotTakenBehindTheJobsEnd) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob("a1")).ok());
  ASSERT_TRUE(store_->jobs().EndJob("a1", v1::JOB_FINISHED, "all rounds are done", absl::UnixEpoch()).ok());
  const absl::Status late = store_->jobs().AddApproval("a1", Stored(Lead(), ""));
  EXPECT_EQ(late.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(late.message()), HasSubstr("job a1 is over"));
  EXPECT_TRUE((*store_->jobs().Papers("a1"))->approvals.empty());
  EXPECT_EQ(LoggedFrom(4).back().kind, LogEntryKind::kJobEnded);
  EXPECT_EQ(store_->jobs().AddApproval("b2", Stored(Lead(), "")).code(), StatusCode::kNotFound);
}

TEST_F(PaperRows, OneOrderServesOneJob) {
  ASSERT_TRUE(store_->jobs().AddJob(SomeJob("a1")).ok());
  const absl::Status second = store_->jobs().AddJob(SomeJob("b2"));
  EXPECT_EQ(second.code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(second.message()), HasSubstr("job a1's already"));
  EXPECT_EQ(store_->jobs().Get("b2").status().code(), StatusCode::kNotFound) << "nothing of it is there";
  EXPECT_EQ(LoggedFrom(1).size(), 3u);
}

}  // namespace
}  // namespace accord
