#include "trust/joint/joint_roster.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "trust/charter/roster_people.h"
#include "trust/roster/name_list.h"

namespace accord {
namespace {

bool HasAllRoles(const std::vector<v1::Role>& allowed, const std::vector<v1::Role>& roles) {
  return std::all_of(roles.begin(), roles.end(),
                     [&](v1::Role role) { return std::find(allowed.begin(), allowed.end(), role) != allowed.end(); });
}

// What is wrong with one joint roster.
class JointRosterCheck {
 public:
  JointRosterCheck(const Roster& joint, const Charter& charter, const AnchoredFederation& first,
                   const AnchoredFederation& second)
      : joint_(joint), charter_(charter), both_{&first, &second} {}

  std::vector<std::string> Find() {
    for (const AnchoredFederation* federation : both_) CheckAddressee(*federation);
    for (const RosterSite& site : joint_.sites()) CheckSite(site);
    for (const RosterPerson& person : joint_.people()) CheckRosterPerson(person);
    for (const v1::Person& person : charter_.terms().people()) CheckCharterPerson(person);
    for (const std::string& organisation : joint_.organisations()) CheckOrganisation(organisation);
    return std::move(faults_);
  }

 private:
  template <typename... Parts>
  void Say(const Parts&... parts) {
    faults_.push_back(absl::StrCat(parts...));
  }

  std::string Names() const { return absl::StrCat(both_[0]->anchor.federation, " and ", both_[1]->anchor.federation); }

  void CheckAddressee(const AnchoredFederation& federation) {
    if (federation.anchor.joint == joint_.federation()) return;
    Say("the anchor of ", federation.anchor.federation, " is for ", federation.anchor.joint, ", and this roster is of ",
        joint_.federation());
  }

  void CheckRevoked(const std::string& whose, const std::string& public_key_der) {
    for (const AnchoredFederation* federation : both_) {
      const RevokedKey* revoked = federation->roster.FindRevoked(public_key_der);
      if (revoked != nullptr) {
        Say("the key of ", whose, " was revoked by ", federation->roster.federation(), ": ", revoked->reason);
      }
    }
  }

  // What is wrong with it as a member of this federation; empty: nothing. nullopt: it is not said to be one. A
  // federation's site is also its own to name where the other federation names a site of the same name.
  static std::optional<std::string> WhyNoMember(const AnchoredFederation& federation, const RosterSite& site) {
    const AnchorMember* member = federation.anchor.Find(site.site);
    const RosterSite* listed = federation.roster.Find(site.site);
    const std::string& name = federation.anchor.federation;
    if (member == nullptr) {
      if (listed == nullptr || listed->organisation != site.organisation) return std::nullopt;
      return absl::StrCat(name, " has this site, and does not name it as a member");
    }
    if (member->public_key_der != site.public_key_der) {
      return absl::StrCat("its anchor of ", name, " has another key for it");
    }
    if (listed == nullptr) return absl::StrCat("it is not in ", name, " any more");
    if (listed->organisation != site.organisation) return absl::StrCat("in ", name, " it is of ", listed->organisation);
    return "";
  }

  void CheckSite(const RosterSite& site) {
    CheckRevoked(absl::StrCat("site ", site.site), site.public_key_der);
    bool is_member = false;
    std::vector<std::string> why;
    for (const AnchoredFederation* federation : both_) {
      const std::optional<std::string> wrong = WhyNoMember(*federation, site);
      is_member = is_member || wrong == "";
      if (wrong.has_value() && !wrong->empty()) why.push_back(*wrong);
    }
    if (is_member && why.empty()) return;
    Say("site ", site.site, " of ", site.organisation, " does not belong to ", Names(), ": ",
        why.empty() ? "no anchor names it as a member" : absl::StrJoin(why, ", and "));
  }

  bool IsKnown(const RosterPerson& person) const {
    for (const AnchoredFederation* federation : both_) {
      const RosterPerson* listed = federation->roster.FindPerson(person.id);
      if (listed != nullptr && listed->public_key_der == person.public_key_der &&
          listed->organisation == person.organisation && HasAllRoles(listed->roles, person.roles)) {
        return true;
      }
    }
    const v1::Person* listed = charter_.FindPerson(person.id);
    return listed != nullptr && listed->key() == absl::Base64Escape(person.public_key_der) &&
           listed->organisation() == person.organisation &&
           std::all_of(person.roles.begin(), person.roles.end(),
                       [listed](v1::Role role) { return HasRole(*listed, role); });
  }

  void CheckRosterPerson(const RosterPerson& person) {
    CheckRevoked(absl::StrCat("person ", person.id), person.public_key_der);
    if (IsKnown(person)) return;
    Say("person ", person.id, " is in neither roster of ", Names(),
        ", nor in the joint charter, with this key, "
        "organisation and roles");
  }

  // Orders and approvals are held against the joint roster alone, which seldom names people: a key that their own
  // federation's roster revoked, or replaced, would go on to count here.
  void CheckCharterPerson(const v1::Person& person) {
    for (const AnchoredFederation* federation : both_) {
      const std::string against = WhatRosterHasAgainst(person, federation->roster);
      if (against.empty()) continue;
      Say("the joint charter lists person ", person.id(), ", ", against, " (roster of ",
          federation->roster.federation(), ", version ", federation->roster.version(), ")");
    }
  }

  void CheckOrganisation(const std::string& organisation) {
    for (const AnchoredFederation* federation : both_) {
      const std::vector<std::string>& known = federation->roster.organisations();
      if (std::find(known.begin(), known.end(), organisation) != known.end()) return;
    }
    if (charter_.HasOrganisation(organisation)) return;  // of people alone; its sites are found by themselves
    Say("the organisation ", organisation, " is in neither ", Names());
  }

  const Roster& joint_;
  const Charter& charter_;
  const AnchoredFederation* const both_[2];
  std::vector<std::string> faults_;
};

}  // namespace

absl::Status CheckJointRoster(const Roster& joint, const Charter& charter, const AnchoredFederation& first,
                              const AnchoredFederation& second) {
  std::vector<std::string> faults = JointRosterCheck(joint, charter, first, second).Find();
  if (faults.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the roster of ", joint.federation(), ", version ", joint.version(),
                   ", lists what does not belong to it: ", absl::StrJoin(faults, "; ")));
}

}  // namespace accord
