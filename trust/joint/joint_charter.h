// The charter of a joint federation, held against those of the two that founded it: the stricter one counts, field by
// field. Each federation's charter is its members' to loosen; nobody does so through another one.
//
// Adversary: as many members of the joint federation as make its charter active. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "trust/charter/charter.h"
#include "trust/roster/roster.h"

namespace accord {

// Both outlive the object.
struct ParentCharter {
  const Charter& charter;
  const Roster& members;  // for whose sites it speaks
};

// A sentence for each rule of the parent that the joint charter makes weaker (LoosenedFor), and for each demand of
// signatures by fewer than all sites: such a number is counted among other sites than the parent's.
std::vector<std::string> WeakerThanParent(const ParentCharter& parent, const Charter& joint);

// FAILED_PRECONDITION names each federation whose charter is loosened, clause by clause.
absl::Status CheckJointCharter(const Charter& joint, const ParentCharter& first, const ParentCharter& second);

}  // namespace accord
