// Who may be in the roster of a joint federation: sites and people of the two that anchored it, and nobody else. The
// coordinator of the joint federation drafts that roster, and its members may change it by majority: neither may slip
// in a third party, or put another key or another organisation behind a member's name.
//
// Adversary: the joint federation's coordinator, and as many of its members as make a roster hold. Pure.
#pragma once

#include "absl/status/status.h"
#include "trust/charter/charter.h"
#include "trust/joint/anchor.h"
#include "trust/roster/roster.h"

namespace accord {

// A federation as its anchor shows it. Both outlive the object.
struct AnchoredFederation {
  const Anchor& anchor;  // that CheckAnchor took
  const Roster& roster;
};

// FAILED_PRECONDITION names everybody who does not belong: a site that is no member by either anchor, or is listed with
// another key or organisation than an anchor names for it, so that neither federation speaks for the other's sites; a
// person who is in neither roster, nor among the people of the joint charter with that key, or has a role more than
// there; an organisation that neither has; a key that either revoked or, of a person
// of the joint charter, replaced; or an anchor that is for another joint
// federation.
absl::Status CheckJointRoster(const Roster& joint, const Charter& charter, const AnchoredFederation& first,
                              const AnchoredFederation& second);

}  // namespace accord
