// What a charter must be beyond the rules of its single fields.
#pragma once

#include "base/config/faults.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

// Adds a fault for each contradiction: a name that is not there or there twice, or looks like another one; a key that
// is none or is two people's; times in the wrong order; a purpose whose tags nobody co-signs; a demand that the people
// of the charter could never meet; a rule "loosened" to more than it demands.
void CheckCharter(const v1::Charter& charter, FaultList& faults);

}  // namespace accord
