#include "trust/joint/joint_check.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "trust/charter/utc_time.h"
#include "trust/joint/anchor_check.h"
#include "trust/joint/joint_charter.h"
#include "trust/joint/joint_roster.h"

namespace accord {
namespace {

// What several checks found, as one.
class FoundFaults {
 public:
  void Add(const absl::Status& status) {
    if (!status.ok()) words_.emplace_back(status.message());
  }
  absl::Status ToStatus() const {
    if (words_.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrJoin(words_, "\n"));
  }

 private:
  std::vector<std::string> words_;
};

absl::Status CheckCharterTime(const Charter& charter, const Roster& members, absl::Time now) {
  if (now >= charter.not_before() && now < charter.expires()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the charter of ", members.federation(), ", ", HexDigest(charter.hash()), ", is not in force: it holds from ",
      FormatUtc(charter.not_before()), " until ", FormatUtc(charter.expires())));
}

absl::Status CheckRosterTime(const Roster& roster, absl::Time now) {
  if (now < roster.valid_until()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the roster of ", roster.federation(), ", version ",
                                                    roster.version(), ", was valid until ",
                                                    FormatUtc(roster.valid_until())));
}

}  // namespace

absl::Status CheckBothAnchors(const SignedAnchor& own_anchor, const Roster& own_roster,
                              const SignedAnchor& other_anchor, const Roster& other_roster,
                              const Charter& other_charter) {
  FoundFaults faults;
  const Anchor& own = own_anchor.anchor();
  const Anchor& other = other_anchor.anchor();
  if (own.federation == other.federation) {
    faults.Add(absl::FailedPreconditionError(
        absl::StrCat("both anchors are of ", own.federation, "; one has to be of the other federation")));
  }
  if (own.joint != other.joint) {
    faults.Add(absl::FailedPreconditionError(absl::StrCat("the anchor of ", own.federation, " is for ", own.joint,
                                                          ", and that of ", other.federation, " for ", other.joint)));
  }
  faults.Add(CheckAnchor(own_anchor, own_roster, AnchorRoster::kNewer));
  faults.Add(CheckAnchor(other_anchor, other_roster, AnchorRoster::kNamed));
  if (other.charter != other_charter.hash()) {
    faults.Add(absl::FailedPreconditionError(absl::StrCat("the anchor of ", other.federation, " names the charter ",
                                                          HexDigest(other.charter), ", and the one at hand is ",
                                                          HexDigest(other_charter.hash()))));
  }
  return faults.ToStatus();
}

absl::Status CheckJoint(const JointCase& joint) {
  FoundFaults faults;
  faults.Add(CheckBothAnchors(joint.own_anchor, joint.own_roster, joint.other_anchor, joint.other_roster,
                              joint.other_charter));
  faults.Add(CheckJointRoster(joint.roster, joint.charter, {joint.own_anchor.anchor(), joint.own_roster},
                              {joint.other_anchor.anchor(), joint.other_roster}));
  faults.Add(CheckJointCharter(joint.charter, {joint.own_charter, joint.own_roster},
                               {joint.other_charter, joint.other_roster}));
  return faults.ToStatus();
}

absl::Status CheckJointTime(const JointCase& joint, absl::Time now) {
  FoundFaults faults;
  faults.Add(CheckAnchorTime(joint.own_anchor.anchor(), now));
  faults.Add(CheckAnchorTime(joint.other_anchor.anchor(), now));
  faults.Add(CheckRosterTime(joint.own_roster, now));
  faults.Add(CheckRosterTime(joint.other_roster, now));
  faults.Add(CheckCharterTime(joint.own_charter, joint.own_roster, now));
  faults.Add(CheckCharterTime(joint.other_charter, joint.other_roster, now));
  return faults.ToStatus();
}

}  // namespace accord
