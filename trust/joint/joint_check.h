// All that a site of a joint federation holds it against before anything runs there: the anchors of the two federations
// behind it, their rosters and their charters.
//
// Adversary: the joint federation's coordinator and its members, the other federation's coordinator, and whoever
// carried the files. The site's own pins, of its own federation and of the other one's roster, are believed. Pure.
#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "trust/charter/charter.h"
#include "trust/joint/anchor.h"
#include "trust/roster/roster.h"

namespace accord {

// All outlive the object.
struct JointCase {
  const Charter& charter;  // of the joint federation
  const Roster& roster;    // likewise
  const Charter& own_charter;
  const Roster& own_roster;
  const SignedAnchor& own_anchor;
  const Charter& other_charter;
  const Roster& other_roster;
  const SignedAnchor& other_anchor;
};

// The two federations alone, without the joint one. FAILED_PRECONDITION: they are one and the same, an anchor does not
// hold, or is for another joint federation than the other one, or names another charter than the other federation's
// that is at hand. About 0.1 ms a signature.
absl::Status CheckBothAnchors(const SignedAnchor& own_anchor, const Roster& own_roster,
                              const SignedAnchor& other_anchor, const Roster& other_roster,
                              const Charter& other_charter);
// The same, and that nobody else is in the joint roster and no field of the joint charter is weaker than in either
// charter. FAILED_PRECONDITION says all of it at once.
absl::Status CheckJoint(const JointCase& joint);
// FAILED_PRECONDITION: an anchor, a roster or a charter behind the joint federation is not in force at `now`.
absl::Status CheckJointTime(const JointCase& joint, absl::Time now);

}  // namespace accord
