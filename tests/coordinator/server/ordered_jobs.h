// A running coordinator under a charter, its people with their keys, and sites that a test plays.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "gtest/gtest.h"
#include "proto/validation/job_validation.h"
#include "tests/coordinator/server/running_coordinator.h"
#include "tests/coordinator/server/set_clock.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/signed_statement.h"

namespace accord {

class OrderedJobs : public ::testing::Test {
 protected:
  static constexpr absl::Duration kDay = absl::Hours(24);
  static constexpr char kMaySee[] =
      "may_see:\n"
      "  - {what: reports, roles: [engineer, lead]}\n"
      "  - {what: models, roles: [engineer, steward]}\n"
      "  - {what: status, roles: [engineer, lead, steward]}\n"
      "  - {what: sites, roles: [engineer, steward]}\n";

  OrderedJobs() {
    EXPECT_TRUE(coordinator_.store().rosters().Publish(federation_.sites().SignedByAll(), clock_.Now()).ok());
    ada_ = std::make_unique<FakePerson>(coordinator_, "ada");
  }

  // `each_site`: whether sites approve too.
  SignedCharter CharterNow(bool each_site, const Replacements& more = {}) {
    Replacements changes = {
        {"not_before: 2027-01-01T00:00:00Z", "not_before: " + FormatUtc(clock_.Now() - 10 * kDay)},
        {"expires: 2028-01-01T00:00:00Z", "expires: " + FormatUtc(clock_.Now() + 300 * kDay)},
        {"  min_sites: 3\n  min_organisations: 3\n  min_colluding_organisations: 1\n  secure_sum: true",
         "  min_sites: 2\n  min_organisations: 2\n  min_colluding_organisations: 1\n  secure_sum: false"},
        {"hours:\n  - {days: [monday, tuesday, wednesday, thursday, friday], from: '08:00', until: '24:00'}\n", ""},
        {"loosening:\n  - {rule: min_sites, least: 2, by: [lead, steward]}\n  - {rule: hours, by: [lead, steward]}\n",
         ""},
        {"\nretention:", absl::StrCat("\n", kMaySee, "retention:")},
        {"each_site: true", each_site ? "each_site: true" : "each_site: false"}};
    changes.insert(changes.end(), more.begin(), more.end());
    return federation_.SignedByAll(federation_.Written(changes));
  }
  // As another process does.
  void Publish(const SignedCharter& charter) {
    auto database = Database::Open(DatabasePath(coordinator_.state_dir()));
    ASSERT_TRUE(database.ok()) << database.status();
    auto log = FederationLog::Open(coordinator_.state_dir(), **database);
    ASSERT_TRUE(log.ok()) << log.status();
    const absl::Status published =
        CharterStore(**database, log->get()).Publish(charter, nullptr, federation_.Listed(), clock_.Now());
    ASSERT_TRUE(published.ok()) << published;
    charter_ = charter.charter();
  }
  void UseCharter(bool each_site, const Replacements& more = {}) { Publish(CharterNow(each_site, more)); }

  static v1::JobSpec Job(uint32_t rounds = 1) { return DrillSpec(10, rounds, 2); }
  JobOrder OrderOf(const v1::JobSpec& spec) {
    JobOrder order;
    if (charter_ != nullptr) order.charter = charter_->hash();
    order.job = Sha256(spec.SerializeAsString());
    order.purpose = "risk-of-disease";
    order.engineer = "ada";
    order.not_before = ToTheSecond(clock_.Now() - kDay);
    order.expires = ToTheSecond(clock_.Now() + 5 * kDay);
    order.nonce = Sha256Hex(absl::StrCat("order ", ++num_orders_)).substr(0, 32);
    return order;
  }
  SignedStatement Sign(const JobOrder& order, const std::string& by = "ada") {
    return *SignedStatement::Sign(*WriteJobOrder(order), kJobOrderDomain, federation_.person(by));
  }
  // `identity`: "person/ID" or "site/ID".
  SignedStatement Approve(const SignedStatement& order, const std::string& identity, v1::Role as, bool approves = true,
                          absl::Duration holds = 3 * kDay) {
    Approval approval;
    approval.order = JobOrderHash(order.bytes);
    approval.charter = charter_->hash();
    approval.approves = approves;
    approval.by = identity;
    approval.as = as;
    approval.not_before = ToTheSecond(clock_.Now() - kDay);
    approval.expires = ToTheSecond(clock_.Now() + holds);
    const std::string id = identity.substr(identity.find('/') + 1);
    const Signer& signer = as == v1::ROLE_UNSPECIFIED ? static_cast<const Signer&>(federation_.sites().signer(id))
                                                      : federation_.person(id);
    return *SignedStatement::Sign(*WriteApproval(approval), kApprovalDomain, signer);
  }
  SignedStatement Lead(const SignedStatement& order) { return Approve(order, "person/bela", v1::ROLE_LEAD); }
  SignedStatement Steward(const SignedStatement& order) { return Approve(order, "person/clara", v1::ROLE_STEWARD); }

  // A submission as `accord job submit` makes it.
  grpc::Status Submit(const v1::JobSpec& spec, const std::string& order, const std::vector<std::string>& approvals,
                      std::string* job_id) {
    const std::string model(spec.model().drill().num_parameters() * sizeof(float), '\0');
    v1::SubmitOpen open = ada_->OpenFor(spec, model, absl::StrCat("request ", ++num_requests_));
    open.set_order(order);
    for (const std::string& approval : approvals) open.add_approvals(approval);
    return ada_->Submit(open, model, job_id);
  }
  std::string Submitted(const v1::JobSpec& spec, const SignedStatement& order,
                        const std::vector<std::string>& approvals = {}) {
    std::string job_id;
    const grpc::Status status = Submit(spec, order.Text(), approvals, &job_id);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return job_id;
  }
  grpc::Status HandIn(const std::string& job_id, const std::string& approval, v1::AddApprovalReply* reply) {
    grpc::ClientContext context;
    SetDeadline(context);
    v1::AddApprovalRequest request;
    request.set_job_id(job_id);
    request.set_approval(approval);
    return ada_->stub().AddApproval(&context, request, reply);
  }
  v1::AddApprovalReply HandedIn(const std::string& job_id, const SignedStatement& approval) {
    v1::AddApprovalReply reply;
    const grpc::Status status = HandIn(job_id, approval.Text(), &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }
  v1::JobReport Report(const std::string& job_id) {
    v1::JobReport report;
    EXPECT_TRUE(ada_->Get(job_id, &report).ok());
    return report;
  }
  void Restart() {
    coordinator_.Restart();
    ada_ = std::make_unique<FakePerson>(coordinator_, "ada");
  }
  // The clock jumps, and the coordinator looks at it.
  void Advance(absl::Duration by) {
    clock_.Advance(by);
    coordinator_.engine().Poke();
    // What is asked from now on is answered after the engine has looked at the clock.
    absl::Notification looks;
    coordinator_.engine().RunningJobs([&looks](const std::vector<v1::JobReport>&) { looks.Notify(); });
    looks.WaitForNotification();
  }

  std::unique_ptr<FakeSite> Connected(const std::string& site) {
    auto link = std::make_unique<FakeSite>(coordinator_, site);
    link->NextWelcome();
    return link;
  }
  // The next papers of the session; fails the test where a plan comes first.
  static v1::JobPapers NextPapers(FakeSite& site) {
    while (const auto message = site.Next()) {
      if (message->has_job_papers()) return message->job_papers();
      if (message->has_plan() || message->has_key_request()) break;
    }
    ADD_FAILURE() << "papers were expected";
    return {};
  }

  SetClock clock_;
  ExampleFederation federation_;
  RunningCoordinator coordinator_{clock_};
  std::unique_ptr<FakePerson> ada_;
  std::shared_ptr<const Charter> charter_;  // that was published last

 private:
  static absl::Time ToTheSecond(absl::Time time) { return absl::FromUnixSeconds(absl::ToUnixSeconds(time)); }
  int num_orders_ = 0;
  int num_requests_ = 0;
};

}  // namespace accord
