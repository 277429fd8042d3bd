// A daemon that goes by a charter, against a coordinator that a test writes.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "client/daemon/governance/job_gate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/governance/governed_site.h"
#include "tests/client/daemon/work/engine_fixture.h"
#include "trust/charter/refusal_statement.h"
#include "trust/charter/signed_statement.h"

namespace accord {

inline v1::CoordinatorMessage AsMessage(const v1::JobPapers& papers) {
  v1::CoordinatorMessage message;
  *message.mutable_job_papers() = papers;
  return message;
}

class GovernedJobs : public SiteEngineTest {
 protected:
  void Configure(SiteEngine::Options& options) override {
    gate_ = site_.Gate();
    options.gate = gate_.get();
    options.config = site_.config();
  }
  void TearDown() override {
    engine_.reset();  // before what it uses
    SiteEngineTest::TearDown();
  }
  void Bring(const v1::JobPapers& papers) { coordinator_.Send(AsMessage(papers)); }
  void BringAll(const std::string& job_id = "job-1") {
    Bring(site_.AllPapers(job_id));
    site_.ApproveHere();
  }
  // Until the operator was told so.
  void AwaitEvent(const std::string& words) {
    const absl::Duration begin = Clock::System().Monotonic();
    for (;;) {
      const v1::DaemonStatus status = engine_->Status();
      const auto& events = status.latest_events();
      if (std::any_of(events.begin(), events.end(), [&](const auto& event) { return absl::StrContains(event, words); }))
        return;
      ASSERT_LT(Clock::System().Monotonic() - begin, kTestPatience) << "waited to be told: " << words;
    }
  }
  v1::SiteApproval AwaitWord() {
    return coordinator_.AwaitMessage([](const v1::SiteMessage& message) { return message.has_site_approval(); })
        .site_approval();
  }
  // The plan is refused, and nothing else comes of it.
  v1::Refusal ExpectOnlyARefusal(const v1::Plan& plan) {
    const int computed = trainers_.computations();
    const int uploads = coordinator_.uploads_opened();
    const size_t fetched = coordinator_.download_offsets().size();
    Send(plan);
    const v1::Refusal refusal = AwaitRefusal();
    EXPECT_EQ(refusal.plan().job_id(), plan.id().job_id());
    EXPECT_EQ(trainers_.computations(), computed);
    EXPECT_EQ(coordinator_.uploads_opened(), uploads);
    EXPECT_EQ(coordinator_.download_offsets().size(), fetched);
    EXPECT_THAT(site_.Refusals(), ::testing::Not(::testing::IsEmpty()));
    return refusal;
  }

  // The same, for the reason in these words, which a third party finds in a file that only this site can have made.
  void ExpectRefusedWithEvidence(const v1::Plan& plan, const std::string& words) {
    ExpectRefusedWithEvidence(plan, words, words);
  }
  // The same for what stands in this site's own files, which the coordinator does not hear.
  void ExpectRefusedHereAlone(const v1::Plan& plan, const std::string& words) {
    ExpectRefusedWithEvidence(plan, words, "its operator can read why");
  }
  void ExpectRefusedWithEvidence(const v1::Plan& plan, const std::string& words, const std::string& heard) {
    const v1::Refusal refusal = ExpectOnlyARefusal(plan);
    EXPECT_THAT(refusal.reason(), ::testing::HasSubstr(heard));
    if (heard != words) {
      EXPECT_THAT(refusal.reason(), ::testing::Not(::testing::HasSubstr(words)));
    }
    const std::shared_ptr<const Roster> roster = site_.federation().Listed();
    bool told = false;
    for (const KeptRefusal& kept : site_.Refusals()) {
      const auto statement = SignedStatement::Parse(ReadFile(kept.path).value_or(""));
      ASSERT_TRUE(statement.ok()) << statement.status();
      EXPECT_TRUE(roster->Find("va")->key.Verify(kRefusalDomain, statement->bytes, statement->signature).ok());
      const auto read = ParseRefusalStatement(statement->bytes);
      ASSERT_TRUE(read.ok()) << read.status();
      for (const std::string& reason : read->reasons) {
        told = told || (read->job_id == plan.id().job_id() && absl::StrContains(reason, words));
      }
    }
    EXPECT_TRUE(told) << words;
  }

  GovernedSite site_;
  std::unique_ptr<JobGate> gate_;
};

}  // namespace accord
