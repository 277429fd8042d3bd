#include "trust/joint/joint_roster.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

  void CheckSite(const RosterSite& site) {
    CheckRevoked(absl::StrCat("site ", site.site), site.public_key_der);
    std::vector<std::string> why;
    for (const AnchoredFederation* federation : both_) {
      const AnchorMember* member = federation->anchor.Find(site.site);
      const RosterSite* listed = federation->roster.Find(site.site);
      if (member == nullptr || listed == nullptr) continue;
      if (member->public_key_der == site.public_key_der && listed->organisation == site.organisation) return;
      why.push_back(member->public_key_der != site.public_key_der
                        ? absl::StrCat("its anchor of ", federation->anchor.federation, " has another key for it")
                        : absl::StrCat("in ", federation->anchor.federation, " it is of ", listed->organisation));
    }
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
