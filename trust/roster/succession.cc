#include "trust/roster/succession.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "trust/roster/name_list.h"

namespace accord {
namespace {

void CheckPlace(const Roster& previous, const Roster& next, std::vector<std::string>& faults) {
  if (next.federation() != previous.federation()) {
    faults.push_back(
        absl::StrCat("it is of the federation ", next.federation(), ", and the one before of ", previous.federation()));
  }
  if (!next.previous().has_value()) {
    faults.push_back("it follows no roster: it is the first of a federation, which every site signs and pins itself");
  } else if (*next.previous() != previous.hash()) {
    faults.push_back(absl::StrCat("it follows ", HexDigest(*next.previous()), ", not ", HexDigest(previous.hash())));
  }
  if (next.previous().has_value() && next.version() != previous.version() + 1) {
    faults.push_back(absl::StrCat("it is version ", next.version(), "; expected ", previous.version() + 1));
  }
}

void CheckRevocationsStay(const Roster& previous, const Roster& next, std::vector<std::string>& faults) {
  for (const RevokedKey& key : previous.revoked()) {
    const RevokedKey* kept = next.FindRevoked(key.public_key_der);
    if (kept != nullptr && *kept == key) continue;
    faults.push_back(absl::StrCat("the revocation of the key of ", key.of_site ? "site " : "person ", key.id,
                                  " is not in it any more, or was changed; a revoked key stays so"));
  }
}

bool MustSign(const Roster& previous, const RosterSite& site) {
  const RosterSite* before = previous.Find(site.site);
  return before == nullptr || before->public_key_der != site.public_key_der ||
         before->organisation != site.organisation;
}

// The organisations of `previous` that have signed, and those that have not.
void CountOrganisations(const Roster& previous, const SignedRoster& next, StepFindings& findings) {
  std::set<std::string> signed_by, all;
  for (const RosterSite& site : previous.sites()) {
    const bool revoked = next.roster()->FindRevoked(site.public_key_der) != nullptr;
    if (!revoked) all.insert(site.organisation);
    if (!revoked && next.IsSignedBy(site.site, site.key)) signed_by.insert(site.organisation);
  }
  findings.quorum = previous.quorum();
  findings.organisations.assign(signed_by.begin(), signed_by.end());
  std::set_difference(all.begin(), all.end(), signed_by.begin(), signed_by.end(), std::back_inserter(findings.others));
}

void FindBadSignatures(const Roster& previous, const SignedRoster& next, StepFindings& findings) {
  findings.bad = next.Examine().bad;
  for (const auto& [site, signature] : next.former()) {
    const RosterSite* before = previous.Find(site);
    if (before == nullptr || !next.IsGoodOf(before->key, signature)) {
      findings.bad.push_back(absl::StrCat(site, " (by its former key)"));
    }
  }
}

// What is new in the name of an organisation is vouched for by its sites of `previous` whose keys stay: else whoever
// may bring a site in could speak for any organisation. Where it has none such, by its sites of `next`.
void AskForOrganisations(const Roster& previous, const SignedRoster& next, StepFindings& findings) {
  std::set<std::string> settled(findings.organisations.begin(), findings.organisations.end());
  std::set<std::string> vouching = settled;
  settled.insert(findings.others.begin(), findings.others.end());
  std::set<std::string> with_sites = settled;
  for (const RosterSite& site : next.roster()->sites()) {
    with_sites.insert(site.organisation);
    if (!settled.contains(site.organisation) && next.IsSignedBy(site.site, site.key)) {
      vouching.insert(site.organisation);
    }
  }
  const auto lacks = [&](const std::string& organisation) {
    return with_sites.contains(organisation) && !vouching.contains(organisation);
  };
  const auto ask = [&](absl::string_view what, const std::string& organisation) {
    findings.unsigned_words.push_back(absl::StrCat(what, ", and no site of ", organisation,
                                                   settled.contains(organisation) ? " in the roster before" : "",
                                                   " has signed for it"));
  };
  for (const RosterSite& site : next.roster()->sites()) {
    const RosterSite* before = previous.Find(site.site);
    const bool is_new = before == nullptr || before->organisation != site.organisation;
    // Of an organisation that has none yet it vouches for itself.
    if (is_new && settled.contains(site.organisation) && lacks(site.organisation)) {
      ask(absl::StrCat("site ", site.site, " is new there"), site.organisation);
    }
  }
  for (const RosterPerson& person : next.roster()->people()) {
    const RosterPerson* before = previous.FindPerson(person.id);
    const bool same = before != nullptr && before->public_key_der == person.public_key_der &&
                      before->organisation == person.organisation && before->roles == person.roles;
    if (!same && lacks(person.organisation)) {
      ask(absl::StrCat("person ", person.id, " is new or changed"), person.organisation);
    }
  }
}

}  // namespace

StepFindings ExamineStep(const Roster& previous, const SignedRoster& next) {
  StepFindings findings;
  CheckPlace(previous, *next.roster(), findings.faults);
  CheckRevocationsStay(previous, *next.roster(), findings.faults);
  FindBadSignatures(previous, next, findings);
  CountOrganisations(previous, next, findings);
  for (const RosterSite& site : next.roster()->sites()) {
    if (MustSign(previous, site) && !next.IsSignedBy(site.site, site.key)) {
      findings.unsigned_sites.push_back(site.site);
    }
  }
  AskForOrganisations(previous, next, findings);
  return findings;
}

absl::Status CheckStep(const Roster& previous, const SignedRoster& next) {
  const StepFindings findings = ExamineStep(previous, next);
  if (findings.holds()) return absl::OkStatus();
  std::vector<std::string> words = findings.faults;
  if (!findings.bad.empty()) words.push_back(absl::StrCat("a signature is not good of ", NameList(findings.bad)));
  if (findings.organisations.size() < findings.quorum) {
    words.push_back(absl::StrCat(findings.quorum, " organisations of the roster before must sign it, and ",
                                 findings.organisations.size(), " did; it could still be signed by ",
                                 findings.others.empty() ? "none" : NameList(findings.others)));
  }
  if (!findings.unsigned_sites.empty()) {
    words.push_back(absl::StrCat("new, or with another key or organisation, and not signed by ",
                                 NameList(findings.unsigned_sites), " itself"));
  }
  words.insert(words.end(), findings.unsigned_words.begin(), findings.unsigned_words.end());
  return absl::FailedPreconditionError(absl::StrCat(
      "the roster ", HexDigest(next.roster()->hash()), ", version ", next.roster()->version(), ", does not follow ",
      HexDigest(previous.hash()), ", version ", previous.version(), ": ", absl::StrJoin(words, "; ")));
}

}  // namespace accord
