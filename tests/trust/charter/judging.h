// A job before the judge: ordered by ada, an engineer, and judged at site va.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/trust/charter/example_charter.h"
#include "trust/charter/judge.h"

namespace accord {

class Judging : public ::testing::Test {
 protected:
  Judging() : active_(federation_.Active()), spec_(ExampleSpec()) {
    order_.data_set = "heart";
    order_.purpose = "risk-of-disease";
    order_.engineer = "ada";
    order_.not_before = At("2027-02-15T00:00:00Z");
    order_.expires = At("2027-04-01T00:00:00Z");
    order_.nonce = "000102030405060708090a0b0c0d0e0f";
    Order();
  }

  void UseCharter(const Replacements& changes) {
    active_ = federation_.Active(changes);
    memory_.Clear();
    Order();
  }

  // Writes and signs the order anew, after the test has changed spec_ or order_.
  void Order(const std::string& signer = "ada") {
    job_bytes_ = spec_.SerializeAsString();
    order_.charter = active_.charter().hash();
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
    approval.order = JobOrderHash(signed_order_.bytes);
    approval.charter = active_.charter().hash();
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
  SignedStatement OwnSite() { return Signed(By("site/va", v1::ROLE_UNSPECIFIED), federation_.sites().signer("va")); }
  std::vector<SignedStatement> All() { return {Lead(), Steward(), OwnSite()}; }

  Verdict Judged(const std::vector<SignedStatement>& approvals, const std::string& now = "2027-03-01T10:00:00Z") {
    const auto judged = [&](JudgeMemory* memory) {
      return Judge(active_, policy_.has_value() ? &*policy_ : nullptr, {job_bytes_, signed_order_, approvals},
                   {.site = "va", .mapping = mapping_}, At(now), memory);
    };
    const Verdict verdict = judged(nullptr);
    // What the judge remembers of the test's earlier judgements changes nothing, and neither does this one's.
    for (int i = 0; i < 2; ++i) {
      const Verdict again = judged(&memory_);
      EXPECT_EQ(again.reasons, verdict.reasons);
      EXPECT_EQ(again.notes, verdict.notes);
      EXPECT_EQ(again.num_waiting, verdict.num_waiting);
      EXPECT_EQ(again.terms.valid_until, verdict.terms.valid_until);
    }
    return verdict;
  }
  // All reasons in one text; empty: allowed.
  std::string Reasons(const std::vector<SignedStatement>& approvals, const std::string& now = "2027-03-01T10:00:00Z") {
    return absl::StrJoin(Judged(approvals, now).reasons, "\n");
  }
  void UsePolicy(const std::string& yaml) {
    auto policy = SitePolicy::Parse(yaml, "policy.yaml", active_.charter(), "va");
    ASSERT_TRUE(policy.ok()) << policy.status();
    policy_ = *std::move(policy);
  }

  ExampleFederation federation_;
  ActiveCharter active_;
  v1::JobSpec spec_;
  std::string job_bytes_;
  JobOrder order_;
  SignedStatement signed_order_;
  JudgeMemory memory_;  // of active_
  std::optional<SitePolicy> policy_;
  std::optional<Sha256Digest> mapping_;
};

}  // namespace accord
