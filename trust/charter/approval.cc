#include "trust/charter/approval.h"

#include <utility>

#include "absl/strings/match.h"
#include "base/status.h"
#include "trust/charter/charter.h"
#include "trust/charter/statement_lines.h"
#include "trust/identity/certificate_authority.h"

namespace accord {
namespace {

constexpr absl::string_view kApprovalFirstLine = "accord-approval-v1";
constexpr absl::string_view kApprove = "approve";
constexpr absl::string_view kRefuse = "refuse";
constexpr absl::string_view kAsSite = "site";

std::string ApprovalText(const Approval& approval) {
  LineWriter writer(kApprovalFirstLine);
  writer.Digest("order", approval.order).Digest("charter", approval.charter);
  writer.Line("decision", approval.approves ? kApprove : kRefuse).Line("by", approval.by);
  writer.Line("as", approval.as == v1::ROLE_UNSPECIFIED ? std::string(kAsSite) : RoleName(approval.as));
  writer.Rules("loosens", approval.loosens);
  writer.Time("not before", approval.not_before).Time("expires", approval.expires);
  return std::move(writer).Take();
}

v1::Role ReadRole(LineReader& reader, bool is_site) {
  const std::string value = reader.Value("as");
  if (is_site) {
    if (value != kAsSite) reader.Fail("is not 'as: site', and a site signs it");
    return v1::ROLE_UNSPECIFIED;
  }
  for (int number = 1; v1::Role_IsValid(number); ++number) {
    if (RoleName(static_cast<v1::Role>(number)) == value) return static_cast<v1::Role>(number);
  }
  reader.Fail("does not name a role in which a person decides");
  return v1::ROLE_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<Approval> ParseApproval(absl::string_view bytes) {
  LineReader reader(bytes, "the approval", kApprovalFirstLine);
  Approval approval;
  approval.order = reader.Digest("order");
  approval.charter = reader.Digest("charter");
  const std::string decision = reader.Value("decision");
  approval.approves = decision == kApprove;
  if (!approval.approves && decision != kRefuse) reader.Fail("is neither approve nor refuse");
  approval.by = reader.Value("by");
  if (!IsValidIdentity(approval.by)) reader.Fail("does not hold person/ID or site/ID");
  approval.as = ReadRole(reader, absl::StartsWith(approval.by, "site/"));
  approval.loosens = reader.Rules("loosens");
  approval.not_before = reader.Time("not before");
  approval.expires = reader.Time("expires");
  if (approval.expires <= approval.not_before) reader.Fail("is not after 'not before'");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return approval;
}

absl::StatusOr<std::string> WriteApproval(const Approval& approval) {
  std::string bytes = ApprovalText(approval);
  ACCORD_ASSIGN_OR_RETURN(const Approval again, ParseApproval(bytes));
  if (again != approval) return absl::InvalidArgumentError("the approval holds what its lines cannot");
  return bytes;
}

}  // namespace accord
