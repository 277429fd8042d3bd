// Job orders, approvals, stops, complaints and releases, as files and as the coordinator hands them over, and postures.
#include "trust/charter/signed_statement.h"

#include <string>
#include <vector>

#include "base/hash.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/charter/approval.h"
#include "trust/charter/complaint.h"
#include "trust/charter/job_order.h"
#include "trust/charter/job_stop.h"
#include "trust/charter/posture.h"
#include "trust/charter/release.h"
#include "trust/identity/key_pair.h"

namespace accord::fuzz::signed_statement {
namespace {

JobOrder ExampleOrder() {
  JobOrder order;
  order.start = Sha256("parameters");
  order.data_set = "heart";
  order.mappings = {{"site-a", Sha256("a")}, {"site-b", Sha256("b")}};
  order.purpose = "risk";
  order.engineer = "ada";
  order.not_before = absl::FromUnixSeconds(1'800'000'000);
  order.expires = order.not_before + absl::Hours(24);
  order.loosens = {v1::RULE_MIN_SITES, v1::RULE_HOURS};
  order.nonce = std::string(32, '0');
  return order;
}

Approval ExampleApproval(const std::string& by, v1::Role as) {
  Approval approval;
  approval.approves = true;
  approval.by = by;
  approval.as = as;
  approval.not_before = absl::FromUnixSeconds(1'800'000'000);
  approval.expires = approval.not_before + absl::Hours(24);
  return approval;
}

JobStop ExampleStop() {
  return {.job = Sha256("job"),
          .ombudsman = "dora",
          .time = absl::FromUnixSeconds(1'800'000'000),
          .reasons = {"no consent was asked for", "nor given"}};
}

Complaint ExampleComplaint(const std::string& job_id, const std::string& site) {
  return {.job_id = job_id,
          .site = site,
          .ombudsman = "dora",
          .time = absl::FromUnixSeconds(1'800'000'000),
          .answer_by = absl::FromUnixSeconds(1'800'864'000),
          .text = {"nobody was asked"}};
}

ComplaintAnswer ExampleAnswer() {
  return {.complaint = Sha256("complaint"),
          .lead = "bela",
          .time = absl::FromUnixSeconds(1'800'000'000),
          .text = {"they were"}};
}

Release ExampleRelease() {
  return {.site = "site-a",
          .organisation = "Clinic A",
          .data_set = "heart",
          .version = Sha256("version"),
          .purposes = {"quality", "risk"},
          .steward = "clara",
          .time = absl::FromUnixSeconds(1'800'000'000),
          .expires = absl::FromUnixSeconds(1'800'864'000)};
}

Posture ExamplePosture() {
  return {.site = "site-a",
          .data_set = "heart",
          .data_version = Sha256("version"),
          .release = Sha256("release"),
          .policy = Sha256("policy"),
          .software = "0.9.0",
          .former = std::nullopt,
          .time = absl::FromUnixSeconds(1'800'000'000),
          .nonce = std::string(32, '0')};
}

std::string SignedText(const std::string& bytes, absl::string_view domain) {
  const KeyPairSigner signer = KeyPairSigner::Create(*KeyPair::Generate()).value();
  return SignedStatement::Sign(bytes, domain, signer).value().Text();
}

}  // namespace

std::vector<std::string> Seeds() {
  return {SignedText(WriteJobOrder(ExampleOrder()).value(), kJobOrderDomain),
          SignedText(WriteApproval(ExampleApproval("person/bela", v1::ROLE_LEAD)).value(), kApprovalDomain),
          SignedText(WriteApproval(ExampleApproval("site/site-a", v1::ROLE_UNSPECIFIED)).value(), kApprovalDomain),
          SignedText(WriteJobStop(ExampleStop()).value(), kStopDomain),
          SignedText(WriteComplaint(ExampleComplaint("7f3a5d90c1e2b486", "")).value(), kComplaintDomain),
          SignedText(WriteComplaint(ExampleComplaint("", "site-a")).value(), kComplaintDomain),
          SignedText(WriteAnswer(ExampleAnswer()).value(), kAnswerDomain),
          SignedText(WriteRelease(ExampleRelease()).value(), kReleaseDomain),
          SignedText(WritePosture(ExamplePosture()).value(), kPostureDomain)};
}

bool Take(absl::string_view bytes) {
  const absl::StatusOr<SignedStatement> statement = SignedStatement::Parse(bytes);
  if (!statement.ok()) return false;
  Require(statement->Text() == bytes, "a signed statement has one spelling");
  int kinds = 0;
  const auto read = [&](const auto& parsed, auto write, const char* spelling) {
    if (!parsed.ok()) return;
    ++kinds;
    Require(write(*parsed).value() == statement->bytes, spelling);
  };
  read(ParseJobOrder(statement->bytes), WriteJobOrder, "an order has one spelling");
  read(ParseApproval(statement->bytes), WriteApproval, "an approval has one spelling");
  read(ParseJobStop(statement->bytes), WriteJobStop, "a stop has one spelling");
  read(ParseComplaint(statement->bytes), WriteComplaint, "a complaint has one spelling");
  read(ParseAnswer(statement->bytes), WriteAnswer, "an answer has one spelling");
  read(ParseRelease(statement->bytes), WriteRelease, "a release has one spelling");
  read(ParsePosture(statement->bytes), WritePosture, "a posture has one spelling");
  Require(kinds <= 1, "no statement is of two kinds");
  return kinds == 1;
}

const FuzzTarget kTarget("signed_statement", &Seeds, &Take);

}  // namespace accord::fuzz::signed_statement
