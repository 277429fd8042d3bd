#include "cli/governance/policy_writing.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/charter/policy_check.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

absl::StatusOr<SignedPolicy> NewPolicyStatement(const PolicyRequest& request, const Charter& charter,
                                                const Roster& roster, absl::Time now) {
  PolicyStatement statement;
  statement.charter = charter.terms().name();
  statement.site = request.site;
  const RosterSite* site = roster.Find(request.site);
  if (site == nullptr) return absl::InvalidArgumentError(absl::StrCat("the roster lists no site ", request.site));
  statement.organisation = site->organisation;
  statement.policy = request.policy;
  statement.time = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
  SignedPolicy signed_policy;
  ACCORD_ASSIGN_OR_RETURN(signed_policy.bytes, WritePolicyStatement(statement));
  return signed_policy;
}

// What is signed is what the person sees here, whatever the other one's file says.
absl::Status CheckSaysTheSame(const PolicyRequest& request, const Charter& charter, const SignedPolicy& signed_before,
                              absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(const PolicyStatement before, ParsePolicyStatement(signed_before.bytes));
  if (before.charter != charter.terms().name() || before.site != request.site) {
    return absl::InvalidArgumentError(absl::StrCat("what was signed before is of the site ", before.site,
                                                   " under the charter ", before.charter, ", and this is of ",
                                                   request.site, " under ", charter.terms().name()));
  }
  if (before.policy != request.policy) {
    return absl::InvalidArgumentError(
        absl::StrCat("what was signed before is ", PolicyStatementInWords(before),
                     ", and not this text: have both people sign the same file, or begin anew without --add-to"));
  }
  if (before.time > now + kMostPolicySkew) {
    return absl::InvalidArgumentError(
        absl::StrCat("what was signed before is ", PolicyStatementInWords(before), ", and it is ", FormatUtc(now),
                     ": it would replace every policy that is signed until then; begin anew without --add-to"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SignedPolicy> SignPolicy(const PolicyRequest& request, const Charter& charter, const Roster& roster,
                                        const std::optional<SignedPolicy>& signed_before, const PersonWithKey& person,
                                        absl::Time now) {
  const absl::string_view id = absl::StripPrefix(person.identity, "person/");
  ACCORD_RETURN_IF_ERROR(CheckMaySignPolicy(charter, roster, request.site, id));
  if (charter.FindPerson(id)->key() != absl::Base64Escape(person.signer.public_key_der())) {
    return absl::InvalidArgumentError(
        absl::StrCat("the charter lists ", id, " with another key than that of this login"));
  }
  SignedPolicy signed_policy;
  if (signed_before.has_value()) {
    ACCORD_RETURN_IF_ERROR(CheckSaysTheSame(request, charter, *signed_before, now));
    signed_policy = *signed_before;
  } else {
    ACCORD_ASSIGN_OR_RETURN(signed_policy, NewPolicyStatement(request, charter, roster, now));
  }
  ACCORD_RETURN_IF_ERROR(signed_policy.Sign(person.identity, person.signer));
  return signed_policy;
}

}  // namespace accord
