#include "trust/charter/policy_check.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/roster_people.h"

namespace accord {
namespace {

constexpr absl::string_view kClause = "site_policies";

absl::StatusOr<const RosterSite*> SiteOfPolicy(const Charter& charter, const Roster& roster, absl::string_view site) {
  if (!charter.terms().has_site_policies()) {
    return absl::FailedPreconditionError(
        "the charter asks for no signatures under a site's policy (it has no site_policies): the site's operator edits "
        "it");
  }
  const RosterSite* listed = roster.Find(site);
  if (listed != nullptr) return listed;
  return absl::InvalidArgumentError(absl::StrCat("the roster lists no site ", site));
}

bool HasOneOf(const v1::Person& person, const google::protobuf::RepeatedField<int>& roles) {
  return std::any_of(roles.begin(), roles.end(),
                     [&](int role) { return HasRole(person, static_cast<v1::Role>(role)); });
}

// Empty: the person may sign. Else in words that follow on "X ".
std::string WhyNotASigner(const Charter& charter, const Roster& roster, const std::string& organisation,
                          const v1::Person* person) {
  if (person == nullptr) return absl::StrCat("is not in ", charter.Clause("people"));
  if (person->organisation() != organisation) {
    return absl::StrCat("is of ", person->organisation(), ", and the site is of ", organisation);
  }
  const auto& roles = charter.terms().site_policies().roles();
  if (!HasOneOf(*person, roles)) {
    return absl::StrCat("has none of the roles of ", charter.Clause(kClause), ": ", RolesInWords(roles));
  }
  const std::string against = WhatRosterHasAgainst(*person, roster);
  return against.empty() ? "" : absl::StrCat("may not: ", against);
}

// But for those who have signed already. Empty: nobody.
std::string ThoseWhoMaySign(const Charter& charter, const Roster& roster, const std::string& organisation,
                            const std::vector<std::string>& have_signed = {}) {
  std::vector<std::string> people;
  for (const v1::Person& person : charter.terms().people()) {
    const bool has = std::find(have_signed.begin(), have_signed.end(), person.id()) != have_signed.end();
    if (!has && WhyNotASigner(charter, roster, organisation, &person).empty()) people.push_back(person.id());
  }
  return absl::StrJoin(people, ", ");
}

struct Weighed {
  std::vector<std::string> signers;   // whose signatures count
  std::vector<std::string> not_good;  // of people who may sign
};

Weighed Weigh(const Charter& charter, const Roster& roster, const std::string& organisation,
              const SignedPolicy& signed_policy) {
  Weighed weighed;
  for (const auto& [identity, signature] : signed_policy.signatures) {
    absl::string_view person = identity;
    if (!absl::ConsumePrefix(&person, "person/") ||
        !WhyNotASigner(charter, roster, organisation, charter.FindPerson(person)).empty()) {
      continue;
    }
    const VerifyingKey* key = charter.KeyOf(person);
    const bool good = key != nullptr && key->Verify(kPolicyDomain, signed_policy.bytes, signature).ok();
    (good ? weighed.signers : weighed.not_good).emplace_back(person);
  }
  return weighed;
}

}  // namespace

absl::Status CheckMaySignPolicy(const Charter& charter, const Roster& roster, absl::string_view site,
                                absl::string_view person) {
  ACCORD_ASSIGN_OR_RETURN(const RosterSite* const listed, SiteOfPolicy(charter, roster, site));
  const std::string why = WhyNotASigner(charter, roster, listed->organisation, charter.FindPerson(person));
  if (why.empty()) return absl::OkStatus();
  const std::string others = ThoseWhoMaySign(charter, roster, listed->organisation);
  return absl::InvalidArgumentError(absl::StrCat("the signature would count for nothing: ", person, " ", why,
                                                 "; those who may sign the policy of ", site, ": ",
                                                 others.empty() ? "nobody" : others));
}

std::vector<std::string> SignersOfPolicy(const Charter& charter, const Roster& roster, absl::string_view site,
                                         const SignedPolicy& signed_policy) {
  std::vector<std::string> identities;
  const auto listed = SiteOfPolicy(charter, roster, site);
  if (!listed.ok()) return identities;
  for (const std::string& id : Weigh(charter, roster, (*listed)->organisation, signed_policy).signers) {
    identities.push_back(absl::StrCat("person/", id));
  }
  return identities;
}

absl::StatusOr<PolicyStatement> CheckSignedPolicy(const Charter& charter, const Roster& roster, absl::string_view site,
                                                  const SignedPolicy& signed_policy) {
  ACCORD_ASSIGN_OR_RETURN(const RosterSite* const listed, SiteOfPolicy(charter, roster, site));
  ACCORD_ASSIGN_OR_RETURN(PolicyStatement statement, ParsePolicyStatement(signed_policy.bytes));
  if (statement.site != site) {
    return absl::InvalidArgumentError(
        absl::StrCat("the signed policy is of the site ", statement.site, ", and this is ", site));
  }
  if (statement.charter != charter.terms().name()) {
    return absl::InvalidArgumentError(absl::StrCat("the signed policy is under the charter ", statement.charter,
                                                   ", and this one is ", charter.terms().name()));
  }
  if (statement.organisation != listed->organisation) {
    return absl::InvalidArgumentError(absl::StrCat("the signed policy names ", statement.organisation,
                                                   " as the organisation of ", site, ", and the roster lists ",
                                                   listed->organisation));
  }
  const auto [signers, not_good] = Weigh(charter, roster, listed->organisation, signed_policy);
  const uint32_t needed = charter.terms().site_policies().people();
  if (signers.size() >= needed) return statement;
  if (!not_good.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("the signed policy has a signature of ", not_good.front(),
                                                   " that is not made with that person's key in ",
                                                   charter.Clause("people"), ", or a byte of it was changed"));
  }
  const std::string others = ThoseWhoMaySign(charter, roster, listed->organisation, signers);
  return absl::FailedPreconditionError(absl::StrCat(
      "the policy is signed by ", signers.empty() ? "nobody" : absl::StrJoin(signers, ", "), " of those who may, and ",
      charter.Clause(kClause), " asks for ", needed, " people of ", listed->organisation,
      others.empty()
          ? ": nobody else may sign it, so the charter has to list more people of it"
          : absl::StrCat(": have it signed by ", needed - signers.size(), " more (accord policy sign) of ", others)));
}

}  // namespace accord
