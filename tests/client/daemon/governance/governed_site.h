// The site va of the example federation, with roster and charter pinned in its state folder, and papers that a
// coordinator brings to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "client/daemon/federation/roster_pin.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/job_gate.h"
#include "client/daemon/governance/order_store.h"
#include "client/daemon/governance/refusal_file.h"
#include "gtest/gtest.h"
#include "tests/client/daemon/federation/federation_folder.h"
#include "tests/client/daemon/work/drill.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"

namespace accord {

class GovernedSite {
 public:
  // Sums may be plain, so that a test need not play the other sites.
  static inline const Replacements kPlainSums = {{"secure_sum: true", "secure_sum: false"}};

  explicit GovernedSite(const Replacements& changes = kPlainSums)
      : spec_(ValidDrillJob(10)), charter_(federation_.SignedByAll(federation_.Written(changes))) {
    folder_.Enrol(federation_.sites(), "va");
    EXPECT_TRUE(PinRoster(State(), federation_.sites().Listed()).ok());
    EXPECT_TRUE(PinCharter(State(), charter_).ok());
    spec_.mutable_rounds()->set_min_sites(3);
    spec_.mutable_rounds()->set_target_sites(3);
    ApplyDefaults(spec_);
    order_.purpose = "risk-of-disease";
    order_.engineer = "ada";
    order_.not_before = At("2027-02-15T00:00:00Z");
    order_.expires = At("2027-04-01T00:00:00Z");
    order_.nonce = "000102030405060708090a0b0c0d0e0f";
    Order();
    config_ = folder_.Config("va");
    config_.set_coordinator("test");
    config_.mutable_floors()->set_allow_plain_sums(true);
    config_.mutable_sandbox()->set_threads(2);
    config_.mutable_sandbox()->set_memory_mib(4096);
  }

  ExampleFederation& federation() { return federation_; }
  FederationFolder& folder() { return folder_; }
  StateFolder State() const { return folder_.State(); }
  v1::SiteConfig& config() { return config_; }
  ManualClock& clock() { return clock_; }
  v1::JobSpec& spec() { return spec_; }
  JobOrder& order() { return order_; }
  const std::string& job_bytes() const { return job_bytes_; }
  std::string& job_bytes() { return job_bytes_; }
  const SignedStatement& signed_order() const { return signed_order_; }
  Sha256Digest order_hash() const { return JobOrderHash(signed_order_.bytes); }
  const Charter& charter() const { return *charter_.charter(); }

  void UseCharter(const Replacements& changes) {
    charter_ = federation_.SignedByAll(federation_.Written(changes));
    ASSERT_TRUE(PinCharter(State(), charter_).ok());
    Order();
  }
  void UsePolicy(const std::string& yaml) {
    config_.set_policy(folder_.Path("policy.yaml"));
    ASSERT_TRUE(WriteFileAtomically(config_.policy(), yaml).ok());
  }
  // Writes and signs the order anew, after the test has changed the job or the order.
  void Order(const std::string& signer = "ada") {
    job_bytes_ = spec_.SerializeAsString();
    order_.charter = charter_.charter()->hash();
    order_.job = Sha256(job_bytes_);
    SignOrder(signer);
  }
  void SignOrder(const std::string& signer) {
    const auto bytes = WriteJobOrder(order_);
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    signed_order_ = *SignedStatement::Sign(*bytes, kJobOrderDomain, federation_.person(signer));
  }

  Approval By(const std::string& identity, v1::Role as) const {
    Approval approval;
    approval.order = order_hash();
    approval.charter = charter_.charter()->hash();
    approval.approves = true;
    approval.by = identity;
    approval.as = as;
    approval.not_before = At("2027-02-20T00:00:00Z");
    approval.expires = At("2027-03-20T00:00:00Z");
    return approval;
  }
  static SignedStatement Signed(const Approval& approval, const Signer& signer) {
    const auto bytes = WriteApproval(approval);
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    return *SignedStatement::Sign(*bytes, kApprovalDomain, signer);
  }
  SignedStatement Lead() const { return Signed(By("person/bela", v1::ROLE_LEAD), federation_.person("bela")); }
  SignedStatement Steward() const { return Signed(By("person/clara", v1::ROLE_STEWARD), federation_.person("clara")); }
  SignedStatement OwnSite(bool approves = true) {
    Approval approval = By("site/va", v1::ROLE_UNSPECIFIED);
    approval.approves = approves;
    return Signed(approval, federation_.sites().signer("va"));
  }
  // As accord-client approve does.
  void ApproveHere() {
    const OrderStore store(State().OrderFolder());
    ASSERT_TRUE(OrderStore(State().OrderFolder()).KeepOwn(order_hash(), OwnSite()).ok());
  }

  v1::JobPapers Papers(const std::vector<SignedStatement>& approvals, const std::string& job_id = "job-1") const {
    v1::JobPapers papers;
    papers.set_job_id(job_id);
    papers.set_job_sha256(Sha256Hex(job_bytes_));
    papers.set_job_inline(job_bytes_);
    papers.set_order(signed_order_.Text());
    for (const SignedStatement& approval : approvals) papers.add_approvals(approval.Text());
    return papers;
  }
  v1::JobPapers AllPapers(const std::string& job_id = "job-1") const { return Papers({Lead(), Steward()}, job_id); }

  // For the first round of the job, at three of the sites.
  v1::Plan Plan(uint32_t attempt = 1, const std::string& job_id = "job-1") const {
    v1::Plan plan = DrillPlan(spec_, attempt);
    plan.mutable_id()->set_job_id(job_id);
    plan.set_job_inline(job_bytes_);
    plan.set_job_sha256(Sha256Hex(job_bytes_));
    plan.clear_cohort();
    for (const char* site : {"cleveland", "hungarian", "va"}) plan.add_cohort(site);
    plan.set_encoding_sites(3);
    return plan;
  }

  std::unique_ptr<JobGate> Gate() {
    return std::make_unique<JobGate>(config_, federation_.sites().signer("va"), clock_);
  }
  std::vector<KeptRefusal> Refusals() const { return ReadRefusals(State().RefusalFolder()); }

 private:
  ExampleFederation federation_;
  FederationFolder folder_;
  v1::SiteConfig config_;
  ManualClock clock_{At("2027-03-01T10:00:00Z")};
  v1::JobSpec spec_;
  SignedCharter charter_;
  std::string job_bytes_;
  JobOrder order_;
  SignedStatement signed_order_;
};

}  // namespace accord
