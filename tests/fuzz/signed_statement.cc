// Job orders and approvals, as files and as the coordinator hands them over.
#include "trust/charter/signed_statement.h"

#include <string>
#include <vector>

#include "base/hash.h"
#include "tests/fuzz/support/fuzz_target.h"
#include "trust/charter/approval.h"
#include "trust/charter/job_order.h"
#include "trust/identity/key_pair.h"

namespace accord::fuzz {
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

std::string SignedText(const std::string& bytes, absl::string_view domain) {
  const KeyPairSigner signer = KeyPairSigner::Create(*KeyPair::Generate()).value();
  return SignedStatement::Sign(bytes, domain, signer).value().Text();
}

}  // namespace

std::vector<std::string> Seeds() {
  return {SignedText(WriteJobOrder(ExampleOrder()).value(), kJobOrderDomain),
          SignedText(WriteApproval(ExampleApproval("person/bela", v1::ROLE_LEAD)).value(), kApprovalDomain),
          SignedText(WriteApproval(ExampleApproval("site/site-a", v1::ROLE_UNSPECIFIED)).value(), kApprovalDomain)};
}

bool Take(absl::string_view bytes) {
  const absl::StatusOr<SignedStatement> statement = SignedStatement::Parse(bytes);
  if (!statement.ok()) return false;
  Require(statement->Text() == bytes, "a signed statement has one spelling");
  const absl::StatusOr<JobOrder> order = ParseJobOrder(statement->bytes);
  const absl::StatusOr<Approval> approval = ParseApproval(statement->bytes);
  Require(!order.ok() || !approval.ok(), "no order is an approval");
  if (order.ok()) Require(WriteJobOrder(*order).value() == statement->bytes, "an order has one spelling");
  if (approval.ok()) Require(WriteApproval(*approval).value() == statement->bytes, "an approval has one spelling");
  return order.ok() || approval.ok();
}

}  // namespace accord::fuzz
