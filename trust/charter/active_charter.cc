#include "trust/charter/active_charter.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "trust/charter/charter_draft.h"
#include "trust/charter/roster_people.h"

namespace accord {
namespace {

// The keys of the people of one version, and what they have signed of this one.
class CountedPeople {
 public:
  CountedPeople(const SignedCharter& charter, const Charter& keys) {
    for (const v1::Person& person : keys.terms().people()) {
      const std::string identity = absl::StrCat("person/", person.id());
      if (charter.signatures().contains(identity) && charter.IsSignedBy(identity, *keys.KeyOf(person.id()))) {
        signers_.push_back(&person);
      }
    }
  }

  void Demand(v1::Role role, uint32_t count, const std::string& clause, std::vector<std::string>& lacking) const {
    const auto have = static_cast<uint32_t>(std::count_if(
        signers_.begin(), signers_.end(), [role](const v1::Person* person) { return HasRole(*person, role); }));
    if (have >= count) return;
    lacking.push_back(absl::StrCat(clause, " demands signatures of ", count, " of the role ", RoleName(role), ", and ",
                                   have, have == 1 ? " has" : " have", " signed"));
  }

  const std::vector<const v1::Person*>& signers() const { return signers_; }

 private:
  std::vector<const v1::Person*> signers_;
};

void DemandCoSigners(const Charter& charter, const CountedPeople& people, std::vector<std::string>& lacking) {
  for (int i = 0; i < charter.terms().co_signers_size(); ++i) {
    const v1::CoSigner& signer = charter.terms().co_signers(i);
    const auto& purposes = charter.terms().purposes();
    const bool tagged = std::any_of(purposes.begin(), purposes.end(),
                                    [&](const v1::Purpose& purpose) { return HasTag(purpose, signer.tag()); });
    if (tagged) people.Demand(signer.role(), signer.count(), charter.Clause(ItemPath("co_signers", i)), lacking);
  }
}

void DemandPeople(const Charter& charter, const v1::SignaturesDemanded& demanded, const std::string& path,
                  const CountedPeople& people, std::vector<std::string>& lacking) {
  for (int i = 0; i < demanded.people_size(); ++i) {
    people.Demand(demanded.people(i).role(), demanded.people(i).count(),
                  charter.Clause(ItemPath(FieldPath(path, "people"), i)), lacking);
  }
}

// 0 in the file means all.
size_t Demanded(const v1::SignaturesDemanded& demanded, size_t all) {
  return demanded.sites() == 0 ? all : demanded.sites();
}

size_t NumSitesNeeded(const Charter& charter, const Charter* former, size_t all) {
  const bool first = charter.terms().version() == 1;
  if (!first && former == nullptr) return all;
  const size_t here = Demanded(charter.terms().signatures(), all);
  return first ? here : std::max(here, Demanded(former->terms().amendments(), all));
}

void DemandSites(const SignedCharter& charter, const Roster& roster, const Charter* former, CharterFindings& findings) {
  size_t signed_sites = 0;
  std::vector<std::string> others;
  for (const RosterSite& site : roster.sites()) {
    const std::string identity = absl::StrCat("site/", site.site);
    if (!charter.charter()->HasOrganisation(site.organisation)) {
      findings.lacking.push_back(absl::StrCat("site ", site.site,
                                              " belongs in the roster to an organisation that the charter does not "
                                              "list to the letter; amend one of the two"));
    }
    if (charter.IsSignedBy(identity, site.key)) {
      ++signed_sites;
      findings.signed_by.push_back(identity);
    } else {
      (charter.signatures().contains(identity) ? findings.bad : others).push_back(identity);
    }
  }
  const size_t all = roster.sites().size();
  const size_t needed = NumSitesNeeded(*charter.charter(), former, all);
  if (2 * needed <= all) {
    findings.lacking.push_back(absl::StrCat("it asks for signatures of ", needed, " of ", all,
                                            " sites; expected more than half, so that no two amendments hold at once"));
  }
  if (signed_sites >= needed) return;
  constexpr size_t kMaxNamed = 20;
  const size_t num_left_out = others.size() > kMaxNamed ? others.size() - kMaxNamed : 0;
  others.resize(others.size() - num_left_out);
  findings.lacking.push_back(absl::StrCat("it needs signatures of ", needed, " of ", all, " sites, and ", signed_sites,
                                          " have signed; not yet ", absl::StrJoin(others, ", "),
                                          num_left_out > 0 ? absl::StrCat(" and ", num_left_out, " more") : ""));
}

// A key that speaks for a site and for a person would be two signatures to whoever steals it.
void CheckKeysApart(const Charter& charter, const Roster& roster, std::vector<std::string>& lacking) {
  absl::flat_hash_map<std::string, absl::string_view> owners;
  for (const RosterSite& site : roster.sites()) owners.emplace(absl::Base64Escape(site.public_key_der), site.site);
  for (const v1::Person& person : charter.terms().people()) {
    const auto found = owners.find(person.key());
    if (found == owners.end()) continue;
    lacking.push_back(absl::StrCat(person.id(), " has in ", charter.Clause("people"), " the key of site ",
                                   found->second, "; a person has a key of their own"));
  }
}

// Whether `former` is the version that this one amends.
void CheckFormer(const Charter& charter, const Charter* former, std::vector<std::string>& lacking) {
  if (former == nullptr) return;
  if (charter.terms().former_sha256() != HexDigest(former->hash())) {
    lacking.push_back(absl::StrCat(charter.Clause("former_sha256"), " is not the hash of the version that is at hand, ",
                                   HexDigest(former->hash())));
  }
  if (charter.terms().version() != former->terms().version() + 1 || charter.terms().name() != former->terms().name()) {
    lacking.push_back(absl::StrCat(charter.Clause("version"), " is ", charter.terms().version(), " of ",
                                   charter.terms().name(), "; expected ", former->terms().version() + 1, " of ",
                                   former->terms().name()));
  }
}

// Organisations whose people are too few to sign a policy of a site of theirs.
void WarnOfPolicies(const Charter& charter, std::vector<std::string>& warnings) {
  constexpr size_t kMostNamed = 5;
  const v1::SitePolicies& policies = charter.terms().site_policies();
  std::map<std::string, uint32_t> signers;
  for (const v1::Person& person : charter.terms().people()) {
    signers[person.organisation()] += std::any_of(policies.roles().begin(), policies.roles().end(), [&](int role) {
      return HasRole(person, static_cast<v1::Role>(role));
    });
  }
  std::vector<std::string> few;
  size_t left_out = 0;
  for (const v1::Organisation& organisation : charter.terms().organisations()) {
    if (signers[organisation.name()] >= policies.people()) continue;
    if (few.size() < kMostNamed) {
      few.push_back(organisation.name());
    } else {
      ++left_out;
    }
  }
  if (few.empty()) return;
  warnings.push_back(
      absl::StrCat(charter.Clause("site_policies"), " asks for ", policies.people(),
                   " people of a site's organisation, and people lists fewer of ", absl::StrJoin(few, ", "),
                   left_out > 0 ? absl::StrCat(" and ", left_out, " more") : "",
                   ": their sites can sign no policy, and one that has signed one can change it no more"));
}

// Floors that no cohort of the roster can reach: nothing would ever run.
void WarnOfFloors(const Charter& charter, const Roster& roster, std::vector<std::string>& warnings) {
  const v1::CharterFloors& floors = charter.terms().floors();
  std::set<absl::string_view> organisations;
  for (const RosterSite& site : roster.sites()) organisations.insert(site.organisation);
  const auto hold = [&](const char* field, uint64_t asked, size_t there, absl::string_view what) {
    if (asked <= there) return;
    warnings.push_back(absl::StrCat(charter.Clause(field), " asks for ", asked, " ", what, ", and the roster has ",
                                    there, ": no job can ever run under it"));
  };
  hold("floors.min_sites", floors.min_sites(), roster.sites().size(), "sites");
  hold("floors.min_organisations", floors.min_organisations(), organisations.size(), "organisations");
  // Beside those who collude two others are summed, so that neither is seen alone.
  if (const uint64_t colluding = floors.min_colluding_organisations();
      colluding > 0 && colluding + 2 > organisations.size()) {
    warnings.push_back(absl::StrCat(charter.Clause("floors.min_colluding_organisations"), " is ", colluding,
                                    ", which takes ", colluding + 2, " organisations, and the roster has ",
                                    organisations.size(), ": no job can ever run under it"));
  }
}

}  // namespace

CharterFindings ExamineCharter(const SignedCharter& signed_charter, const Roster& roster, const Charter* former) {
  const Charter& charter = *signed_charter.charter();
  CharterFindings findings;
  CheckFormer(charter, former, findings.lacking);
  CheckKeysApart(charter, roster, findings.lacking);
  DemandSites(signed_charter, roster, former, findings);
  const CountedPeople people(signed_charter, charter);
  DemandCoSigners(charter, people, findings.lacking);
  DemandPeople(charter, charter.terms().signatures(), "signatures", people, findings.lacking);
  if (former != nullptr) {
    DemandPeople(*former, former->terms().amendments(), "amendments", CountedPeople(signed_charter, *former),
                 findings.lacking);
  }
  WarnOfPolicies(charter, findings.warnings);
  WarnOfFloors(charter, roster, findings.warnings);
  for (const std::string& left : PlaceholdersLeft(charter.terms())) findings.warnings.push_back(left);
  for (const v1::Person* person : people.signers()) findings.signed_by.push_back(absl::StrCat("person/", person->id()));
  for (const v1::Person& person : charter.terms().people()) {
    const std::string identity = absl::StrCat("person/", person.id());
    const bool good = std::find(people.signers().begin(), people.signers().end(), &person) != people.signers().end();
    if (signed_charter.signatures().contains(identity) && !good) findings.bad.push_back(identity);
    const std::string against = WhatRosterHasAgainst(person, roster);
    if (against.empty()) continue;
    findings.warnings.push_back(
        absl::StrCat(charter.Clause("people"), " has ", person.id(), ", ", against,
                     ": no order, approval, stop, complaint or answer that this key signs counts, "
                     "though a signature over a charter does; amend the charter"));
  }
  return findings;
}

absl::StatusOr<ActiveCharter> ActiveCharter::Create(const SignedCharter& charter, std::shared_ptr<const Roster> roster,
                                                    const Charter* former) {
  const CharterFindings findings = ExamineCharter(charter, *roster, former);
  if (!findings.lacking.empty()) {
    std::vector<std::string> words = findings.lacking;
    if (!findings.bad.empty()) {
      words.push_back(absl::StrCat("a signature that is not good of ", absl::StrJoin(findings.bad, ", ")));
    }
    return absl::FailedPreconditionError(absl::StrCat("the charter ", HexDigest(charter.charter()->hash()),
                                                      " is not active: ", absl::StrJoin(words, "; ")));
  }
  return ActiveCharter(charter.charter(), std::move(roster));
}

}  // namespace accord
