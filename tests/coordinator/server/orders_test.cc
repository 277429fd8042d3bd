// Jobs under a charter at a whole coordinator: what is taken, what waits, and what ends.
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/coordinator/server/ordered_jobs.h"

namespace accord {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Orders : public OrderedJobs {
 protected:
  // The round's vectors of these sites, as their plans ask for them.
  static void Upload(const v1::JobSpec& spec, const std::vector<FakeSite*>& sites) {
    for (FakeSite* site : sites) {
      const v1::Plan plan = site->NextPlan();
      const v1::UploadReply reply =
          site->Upload(plan.id(), DrillVector(spec, static_cast<uint32_t>(sites.size()), 0.5));
      EXPECT_TRUE(reply.has_verified()) << reply.ShortDebugString();
    }
  }
  // What a site says of an order, each as a message of its own; back when the coordinator has dealt with all.
  void Say(FakeSite& link, const std::string& job_id, const std::vector<SignedStatement>& statements) {
    v1::SiteMessage message;
    for (const SignedStatement& statement : statements) {
      message.mutable_site_approval()->set_job_id(job_id);
      message.mutable_site_approval()->set_approval(statement.Text());
      link.Send(message);
    }
    message.mutable_hello();  // a second one ends the session
    link.Send(message);
    while (link.Next().has_value()) {
    }
  }
  std::string Reason(const std::string& job_id) { return ada_->FinalReport(job_id).reason(); }
};

TEST_F(Orders, WithoutACharterAJobRunsWithoutAnOrderAndNotWithOne) {
  const v1::JobSpec spec = Job();
  std::string job_id;
  EXPECT_TRUE(Submit(spec, "", {}, &job_id).ok());
  EXPECT_FALSE(Report(job_id).has_mandate());
  const grpc::Status ordered = Submit(spec, Sign(OrderOf(spec)).Text(), {}, &job_id);
  EXPECT_EQ(ordered.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(ordered.error_message(), HasSubstr("no charter to judge it by"));
}

TEST_F(Orders, UnderACharterAJobWithoutOneIsRefusedWithTheNextStep) {
  UseCharter(false);
  std::string job_id;
  const grpc::Status status = Submit(Job(), "", {}, &job_id);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("accord order write"));
  EXPECT_THAT(status.error_message(), HasSubstr("heart-network, version 1"));
}

TEST_F(Orders, OneThatWillNeverRunIsRefusedWithAllReasonsAndLeavesNothing) {
  UseCharter(false);
  const v1::JobSpec spec = DrillSpec(10, 1, 1);  // below the charter's floor
  JobOrder order = OrderOf(spec);
  order.purpose = "weather";
  order.expires = order.not_before + 100 * kDay;
  std::string job_id;
  const grpc::Status status = Submit(spec, Sign(order).Text(), {}, &job_id);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  for (const char* reason : {"floors.min_sites", "purpose weather", "longest_days"}) {
    EXPECT_THAT(status.error_message(), HasSubstr(reason));
  }
  EXPECT_THAT(*coordinator_.store().jobs().List(10), IsEmpty());
}

TEST_F(Orders, OneOfAnotherJobOrSignedBySomebodyElseIsRefused) {
  UseCharter(false);
  std::string job_id;
  const grpc::Status other = Submit(Job(2), Sign(OrderOf(Job(1))).Text(), {}, &job_id);
  EXPECT_EQ(other.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(other.error_message(), HasSubstr("the job's bytes are not those"));
  const grpc::Status forged = Submit(Job(), Sign(OrderOf(Job()), "emil").Text(), {}, &job_id);
  EXPECT_THAT(forged.error_message(), HasSubstr("not signed with the key of ada"));
  EXPECT_FALSE(Submit(Job(), "no statement at all", {}, &job_id).ok());
  EXPECT_FALSE(Submit(Job(), std::string(1 << 20, 'x'), {}, &job_id).ok());
}

TEST_F(Orders, OneIsSubmittedByWhoeverSignedIt) {
  UseCharter(false);
  const std::string order = Sign(OrderOf(Job())).Text();
  ada_ = std::make_unique<FakePerson>(coordinator_, "bela");
  std::string job_id;
  const grpc::Status status = Submit(Job(), order, {}, &job_id);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("the order is by ada, and person/bela submits the job"));
  ada_ = std::make_unique<FakePerson>(coordinator_, "ada");
  EXPECT_TRUE(Submit(Job(), order, {}, &job_id).ok());
}

TEST_F(Orders, OneServesOneJob) {
  UseCharter(false);
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string first = Submitted(Job(), order);
  std::string second;
  const grpc::Status status = Submit(Job(), order.Text(), {}, &second);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_THAT(status.error_message(), HasSubstr(first));
}

TEST_F(Orders, AJobWaitsForItsApprovalsAndRunsOnceTheyAreThere) {
  UseCharter(false);
  const auto va = Connected("va"), cleveland = Connected("cleveland");
  const v1::JobSpec spec = Job();
  const SignedStatement order = Sign(OrderOf(spec));
  const std::string job_id = Submitted(spec, order);
  v1::JobReport report = Report(job_id);
  EXPECT_EQ(report.state(), v1::JOB_WAITING);
  EXPECT_EQ(report.waiting_for(), "waits for approvals: lead 0 of 1, steward 0 of 1");
  v1::JobPapers papers = NextPapers(*va);
  EXPECT_EQ(papers.job_id(), job_id);
  EXPECT_EQ(papers.job_inline(), spec.SerializeAsString());
  EXPECT_EQ(papers.job_sha256(), Sha256Hex(papers.job_inline()));
  EXPECT_EQ(papers.order(), order.Text());
  EXPECT_THAT(papers.approvals(), IsEmpty());
  const SignedStatement lead = Lead(order), steward = Steward(order);
  EXPECT_THAT(HandedIn(job_id, lead).missing(), ElementsAre("steward 0 of 1"));
  EXPECT_THAT(HandedIn(job_id, lead).missing(), ElementsAre("steward 0 of 1")) << "the same again";
  EXPECT_THAT(HandedIn(job_id, steward).missing(), IsEmpty());
  // Whatever came meanwhile: before the plan the site has seen both.
  while (papers.approvals_size() < 2) papers = NextPapers(*va);
  EXPECT_THAT(papers.approvals(), ElementsAre(lead.Text(), steward.Text()));
  Upload(spec, {va.get(), cleveland.get()});
  report = ada_->FinalReport(job_id);
  EXPECT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
  const v1::Mandate& mandate = report.mandate();
  EXPECT_EQ(mandate.engineer(), "ada");
  EXPECT_EQ(mandate.organisation(), "Cleveland Clinic");
  EXPECT_EQ(mandate.purpose(), "risk-of-disease");
  EXPECT_EQ(mandate.charter(), "heart-network, version 1");
  EXPECT_EQ(mandate.charter_sha256(), HexDigest(charter_->hash()));
  EXPECT_EQ(mandate.order_sha256(), HexDigest(JobOrderHash(order.bytes)));
  ASSERT_THAT(mandate.approvals(), SizeIs(2));
  EXPECT_EQ(mandate.approvals(0).by(), "person/bela");
  EXPECT_EQ(mandate.approvals(0).as(), "lead");
  EXPECT_EQ(mandate.approvals(0).organisation(), "Magyar Kardiológiai Intézet");
}

TEST_F(Orders, ApprovalsMayComeWithTheJob) {
  UseCharter(false);
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order, {Lead(order).Text(), Steward(order).Text()});
  EXPECT_THAT(Report(job_id).waiting_for(), HasSubstr("2 more sites"));
  std::string other;
  const SignedStatement next = Sign(OrderOf(Job()));
  const grpc::Status status = Submit(Job(), next.Text(), {Lead(order).Text()}, &other);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("approval 1"));
  EXPECT_THAT(status.error_message(), HasSubstr("another order"));
}

TEST_F(Orders, WhatDoesNotCountIsNotTakenAndSaysWhy) {
  UseCharter(false);
  const SignedStatement order = Sign(OrderOf(Job())), other = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order);
  v1::AddApprovalReply reply;
  SignedStatement forged = Lead(order);
  forged.signature = Steward(order).signature;
  const std::pair<std::string, const char*> wrong[] = {
      {Lead(other).Text(), "another order"},
      {forged.Text(), "not signed with"},
      {Approve(order, "person/fritz", v1::ROLE_AUDITOR).Text(), "nothing asks for that role"},
      {Approve(order, "person/ada", v1::ROLE_STEWARD).Text(), "role that the charter does not give"},
      {Approve(order, "person/bela", v1::ROLE_LEAD, true, -absl::Minutes(1)).Text(), "expired"},
      {"no statement", "signed statement"},
      {std::string(5000, 'x'), "4096"}};
  for (const auto& [file, why] : wrong) {
    const grpc::Status status = HandIn(job_id, file, &reply);
    EXPECT_FALSE(status.ok()) << why;
    EXPECT_THAT(status.error_message(), HasSubstr(why));
  }
  EXPECT_THAT(Report(job_id).mandate().approvals(), IsEmpty());
  EXPECT_EQ(HandIn("ffff", Lead(order).Text(), &reply).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(Orders, OneHandsInAFewApprovalsAndNotThousands) {
  UseCharter(false);
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order);
  v1::AddApprovalReply reply;
  int taken = 0;
  for (int i = 0; i < 12; ++i) {
    const SignedStatement again = Approve(order, "person/bela", v1::ROLE_LEAD, true, kDay + absl::Minutes(i));
    taken += HandIn(job_id, again.Text(), &reply).ok() ? 1 : 0;
  }
  EXPECT_EQ(taken, 8);
  // A refusal is taken all the same.
  EXPECT_TRUE(HandIn(job_id, Approve(order, "person/bela", v1::ROLE_LEAD, false).Text(), &reply).ok());
  EXPECT_TRUE(reply.refuses());
}

TEST_F(Orders, OneSitesRefusalIsTakenOnceAndLeavesRoomForPeople) {
  UseCharter(false);
  const auto va = Connected("va");
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order);
  std::vector<SignedStatement> refusals;
  for (int i = 0; i < 30; ++i) {
    refusals.push_back(Approve(order, "site/va", v1::ROLE_UNSPECIFIED, false, kDay + absl::Minutes(i)));
  }
  Say(*va, job_id, refusals);
  EXPECT_THAT(Report(job_id).mandate().approvals(), SizeIs(1));
  EXPECT_THAT(HandedIn(job_id, refusals.back()).state(), v1::JOB_WAITING) << "the same answer as before";
  EXPECT_THAT(HandedIn(job_id, Lead(order)).missing(), ElementsAre("steward 0 of 1"));
}

TEST_F(Orders, ASiteThatTheJobDoesNotAskHasNoSay) {
  UseCharter(false);
  v1::JobSpec spec = Job();
  for (const char* site : {"cleveland", "va"}) spec.mutable_rounds()->add_sites(site);
  const auto hungarian = Connected("hungarian"), va = Connected("va");
  const SignedStatement order = Sign(OrderOf(spec));
  const std::string job_id = Submitted(spec, order);
  Say(*hungarian, job_id, {Approve(order, "site/hungarian", v1::ROLE_UNSPECIFIED, false)});
  EXPECT_THAT(Report(job_id).mandate().approvals(), IsEmpty());
  Say(*va, job_id, {Approve(order, "site/va", v1::ROLE_UNSPECIFIED, false)});
  EXPECT_THAT(Report(job_id).mandate().approvals(), SizeIs(1));
}

TEST_F(Orders, ARefusalIsShownToTheSitesAndEndsTheJob) {
  UseCharter(false);
  const auto va = Connected("va");
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order, {Lead(order).Text()});
  EXPECT_THAT(NextPapers(*va).approvals(), SizeIs(1));
  const SignedStatement no = Approve(order, "person/clara", v1::ROLE_STEWARD, false);
  const v1::AddApprovalReply reply = HandedIn(job_id, no);
  EXPECT_EQ(reply.state(), v1::JOB_FAILED);
  EXPECT_THAT(reply.reason(), HasSubstr("person/clara refused this order"));
  const v1::JobPapers shown = NextPapers(*va);
  ASSERT_THAT(shown.approvals(), SizeIs(2));
  EXPECT_EQ(shown.approvals(1), no.Text());
  EXPECT_EQ(va->NextPlanEnd().outcome(), v1::PlanEnd::JOB_OVER);
  const v1::JobReport report = ada_->FinalReport(job_id);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_TRUE(report.mandate().approvals(1).refuses());
  // A site that comes later hears of it too.
  const auto cleveland = Connected("cleveland");
  EXPECT_THAT(NextPapers(*cleveland).approvals(), SizeIs(2));
}

TEST_F(Orders, WhatWasHandedInOutlivesARestartAndSoDoesTheWait) {
  UseCharter(false);
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order);
  HandedIn(job_id, Lead(order));
  Restart();
  EXPECT_EQ(Report(job_id).waiting_for(), "waits for approvals: steward 0 of 1");
  const auto va = Connected("va"), cleveland = Connected("cleveland");
  EXPECT_THAT(NextPapers(*va).approvals(), SizeIs(1));
  HandedIn(job_id, Steward(order));
  Upload(Job(), {va.get(), cleveland.get()});
  EXPECT_EQ(ada_->FinalReport(job_id).state(), v1::JOB_FINISHED);
  Restart();
  EXPECT_THAT(Report(job_id).mandate().approvals(), SizeIs(2));
}

TEST_F(Orders, SitesThatApproveThemselvesAreTheOnlyOnesAsked) {
  UseCharter(true);
  const auto va = Connected("va"), cleveland = Connected("cleveland"), hungarian = Connected("hungarian");
  const v1::JobSpec spec = Job();
  const SignedStatement order = Sign(OrderOf(spec));
  const std::string job_id = Submitted(spec, order, {Lead(order).Text(), Steward(order).Text()});
  EXPECT_THAT(Report(job_id).waiting_for(),
              ::testing::StartsWith("waits for approvals: sites 0 of 2 (not yet: cleveland, hungarian"));
  const auto approve = [&](FakeSite& link, const std::string& site) {
    v1::SiteMessage message;
    message.mutable_site_approval()->set_job_id(job_id);
    message.mutable_site_approval()->set_approval(Approve(order, "site/" + site, v1::ROLE_UNSPECIFIED).Text());
    link.Send(message);
  };
  approve(*va, "va");
  approve(*cleveland, "cleveland");
  Upload(spec, {va.get(), cleveland.get()});
  const v1::JobReport report = ada_->FinalReport(job_id);
  ASSERT_EQ(report.state(), v1::JOB_FINISHED) << report.reason();
  EXPECT_THAT(report.rounds(0).sites(), ElementsAre("cleveland", "va"));
  // The two sites speak over connections of their own.
  std::set<std::string> makers;
  for (const auto& approval : report.mandate().approvals()) makers.insert(approval.by());
  EXPECT_THAT(makers, ElementsAre("person/bela", "person/clara", "site/cleveland", "site/va"));
}

TEST_F(Orders, AJobThatRunsWaitsWhenSitesApprovalsExpire) {
  UseCharter(true);
  const SignedStatement order = Sign(OrderOf(Job()));
  std::vector<std::string> approvals = {Lead(order).Text(), Steward(order).Text()};
  for (const char* site : {"site/va", "site/cleveland"}) {
    approvals.push_back(Approve(order, site, v1::ROLE_UNSPECIFIED, true, kDay).Text());
  }
  const auto va = Connected("va"), cleveland = Connected("cleveland");
  const std::string job_id = Submitted(Job(), order, approvals);
  va->NextPlan();
  Advance(kDay + absl::Minutes(1));
  v1::JobReport report = Report(job_id);
  // Whoever asks may be answered before the coordinator has looked at the clock.
  const absl::Duration begin = Clock::System().Monotonic();
  while (report.state() == v1::JOB_RUNNING && Clock::System().Monotonic() - begin < kPatience) {
    report = Report(job_id);
  }
  EXPECT_EQ(report.state(), v1::JOB_WAITING) << report.reason();
  EXPECT_THAT(report.waiting_for(), ::testing::StartsWith("waits for approvals: sites 0 of 2 (not yet: "));
  EXPECT_THAT(report.mandate().missing(), ElementsAre(::testing::StartsWith("sites 0 of 2 (not yet: ")));
}

TEST_F(Orders, ASiteSpeaksForItselfOnly) {
  UseCharter(true);
  const auto va = Connected("va");
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order);
  v1::SiteMessage message;
  message.mutable_site_approval()->set_job_id(job_id);
  message.mutable_site_approval()->set_approval(Approve(order, "site/cleveland", v1::ROLE_UNSPECIFIED).Text());
  va->Send(message);
  while (va->Next().has_value()) {
  }
  EXPECT_EQ(va->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(Report(job_id).mandate().approvals(), IsEmpty());
}

TEST_F(Orders, AJobThatWaitsEndsWithItsOrder) {
  UseCharter(false);
  const std::string job_id = Submitted(Job(), Sign(OrderOf(Job())));
  Advance(4 * kDay);
  EXPECT_EQ(Report(job_id).state(), v1::JOB_WAITING) << "whatever the job's patience";
  Advance(kDay + absl::Minutes(1));
  const v1::JobReport report = ada_->FinalReport(job_id);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_THAT(report.reason(), HasSubstr("the order expired at"));
}

TEST_F(Orders, AJobThatRunsEndsWhenAnApprovalThatItNeedsExpires) {
  UseCharter(false);
  const auto va = Connected("va"), cleveland = Connected("cleveland");
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order, {Lead(order).Text(), Steward(order).Text()});
  va->NextPlan();
  Advance(3 * kDay + absl::Minutes(1));
  const v1::JobReport report = ada_->FinalReport(job_id);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_THAT(report.reason(), HasSubstr("approvals that the job needs have expired"));
}

TEST_F(Orders, AJobThatRunsEndsWhenItsCharterExpires) {
  UseCharter(false,
             {{"expires: " + FormatUtc(clock_.Now() + 300 * kDay), "expires: " + FormatUtc(clock_.Now() + 2 * kDay)}});
  const auto va = Connected("va"), cleveland = Connected("cleveland");
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order, {Lead(order).Text(), Steward(order).Text()});
  va->NextPlan();
  Advance(2 * kDay + absl::Minutes(1));
  const v1::JobReport report = ada_->FinalReport(job_id);
  EXPECT_EQ(report.state(), v1::JOB_FAILED);
  EXPECT_THAT(report.reason(), HasSubstr("charter"));
  std::string again;
  EXPECT_FALSE(Submit(Job(), Sign(OrderOf(Job())).Text(), {}, &again).ok());
}

TEST_F(Orders, AJobThatHasBegunHasBegunAlsoAfterARestart) {
  UseCharter(false);
  const SignedStatement order = Sign(OrderOf(Job()));
  const auto va = Connected("va"), cleveland = Connected("cleveland");
  const std::string job_id = Submitted(Job(), order, {Lead(order).Text(), Steward(order).Text()});
  va->NextPlan();
  Restart();
  Advance(3 * kDay + absl::Minutes(1));
  EXPECT_THAT(Reason(job_id), HasSubstr("approvals that the job needs have expired"));
}

TEST_F(Orders, AJobThatWaitsTakesAnotherApprovalWhereOneHasExpired) {
  UseCharter(false);
  const SignedStatement order = Sign(OrderOf(Job()));
  const std::string job_id = Submitted(Job(), order, {Lead(order).Text()});
  Advance(3 * kDay + absl::Minutes(1));
  // Whoever asks may be answered before the papers were judged anew.
  std::string words = Report(job_id).waiting_for();
  const absl::Duration begin = Clock::System().Monotonic();
  while (words == "waits for approvals: steward 0 of 1" && Clock::System().Monotonic() - begin < kPatience) {
    words = Report(job_id).waiting_for();
  }
  EXPECT_EQ(words, "waits for approvals: lead 0 of 1, steward 0 of 1");
  EXPECT_THAT(HandedIn(job_id, Lead(order)).missing(), ElementsAre("steward 0 of 1"));
}

TEST_F(Orders, AnotherCharterEndsJobsOfTheOneBefore) {
  UseCharter(false);
  const std::string job_id = Submitted(Job(), Sign(OrderOf(Job())));
  SignedCharter next = CharterNow(
      false, {{"version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HexDigest(charter_->hash()), "\n")}});
  federation_.SignAs(next, "clara");
  Publish(next);
  const auto va = Connected("va");  // a session's begin makes the coordinator look
  EXPECT_THAT(Reason(job_id), HasSubstr("held against " + HexDigest(charter_->hash())));
}

TEST_F(Orders, AnotherCharterIsSeenAlsoWhereNothingElseHappens) {
  UseCharter(false);
  const std::string job_id = Submitted(Job(), Sign(OrderOf(Job())));
  SignedCharter next = CharterNow(
      false, {{"version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HexDigest(charter_->hash()), "\n")}});
  federation_.SignAs(next, "clara");
  Publish(next);
  EXPECT_EQ(Report(job_id).state(), v1::JOB_WAITING);
  Advance(absl::Hours(1) + absl::Minutes(1));
  EXPECT_THAT(Reason(job_id), HasSubstr("held against " + HexDigest(charter_->hash())));
}

TEST_F(Orders, AnotherCharterIsSeenAtTheNextAttempt) {
  UseCharter(false);
  const auto va = Connected("va"), cleveland = Connected("cleveland");
  const v1::JobSpec spec = Job(2);
  const SignedStatement order = Sign(OrderOf(spec));
  const std::string job_id = Submitted(spec, order, {Lead(order).Text(), Steward(order).Text()});
  va->NextPlan();
  const v1::PlanId first = cleveland->NextPlan().id();
  SignedCharter next = CharterNow(
      false, {{"version: 1\n", absl::StrCat("version: 2\nformer_sha256: ", HexDigest(charter_->hash()), "\n")}});
  federation_.SignAs(next, "clara");
  Publish(next);
  for (FakeSite* site : {va.get(), cleveland.get()}) site->Upload(first, DrillVector(spec, 2, 0.5));
  EXPECT_THAT(Reason(job_id), HasSubstr("held against " + HexDigest(charter_->hash())));
}

TEST_F(Orders, SitesAreShownThemInEverySessionAndMayFetchTheJob) {
  UseCharter(false);
  const v1::JobSpec spec = Job();
  const SignedStatement order = Sign(OrderOf(spec));
  const std::string job_id = Submitted(spec, order);
  for (int session = 0; session < 2; ++session) {
    const auto va = Connected("va");
    EXPECT_EQ(NextPapers(*va).order(), order.Text());
    std::string bytes;
    EXPECT_TRUE(va->Download(Sha256Hex(spec.SerializeAsString()), 0, &bytes).ok());
    EXPECT_EQ(bytes, spec.SerializeAsString());
    EXPECT_FALSE(va->Download(Report(job_id).model_digest(), 0, &bytes).ok()) << "the model comes with a plan";
  }
}

TEST_F(Orders, PeopleFetchThePapersAndTheCharterByteForByte) {
  const auto call = [&](auto method, const auto& request, auto* reply) {
    grpc::ClientContext context;
    SetDeadline(context);
    return (ada_->stub().*method)(&context, request, reply);
  };
  v1::FetchCharterReply charter;
  EXPECT_EQ(call(&v1::Operations::Stub::FetchCharter, v1::FetchCharterRequest(), &charter).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  const SignedCharter published = CharterNow(false);
  Publish(published);
  ASSERT_TRUE(call(&v1::Operations::Stub::FetchCharter, v1::FetchCharterRequest(), &charter).ok());
  EXPECT_EQ(charter.charter(), published.Text());
  EXPECT_EQ(charter.sha256(), HexDigest(charter_->hash()));
  EXPECT_EQ(charter.why_closed(), "");
  const SignedStatement order = Sign(OrderOf(Job())), lead = Lead(order);
  v1::FetchPapersRequest request;
  request.set_job_id(Submitted(Job(), order, {lead.Text()}));
  v1::FetchPapersReply papers;
  ASSERT_TRUE(call(&v1::Operations::Stub::FetchPapers, request, &papers).ok());
  EXPECT_EQ(papers.job_spec(), Job().SerializeAsString());
  EXPECT_EQ(papers.order(), order.Text());
  EXPECT_THAT(papers.approvals(), ElementsAre(lead.Text()));
  EXPECT_EQ(papers.charter(), published.Text());
}

}  // namespace
}  // namespace accord
