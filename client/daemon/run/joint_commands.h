// `accord-client joint`: what a site of a joint federation holds it against.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace accord {

struct JointOptions {
  std::string config_path;           // of this site in the joint federation
  std::string own_config;            // of this site in its own federation
  std::string own_anchor;            // file of the own federation's anchor
  std::string anchor;                // of the other one's
  std::vector<std::string> rosters;  // the other one's, in their order; the last is the one that its anchor names
  std::string charter;               // the other one's
  bool replace = false;              // in place of another collaboration, or of rosters that do not follow
};

// Pins both federations behind the joint one: from then on nothing runs in it here that is weaker than in either, or
// with anybody whom neither anchor shows. FAILED_PRECONDITION says all that does not hold: an anchor, a roster, a
// charter, this site's own key in the anchor; an older anchor than the one that is pinned, or a roster that does not
// follow the pinned one; and, where the joint charter is pinned already, that one.
absl::Status PinJoint(const JointOptions& options, std::ostream& out);

// Says what is pinned and whether it holds now. FAILED_PRECONDITION: it does not.
absl::Status ShowJoint(const JointOptions& options, std::ostream& out);

// This site goes by the joint federation's own rules alone, as by those of any federation.
absl::Status ForgetJoint(const JointOptions& options, std::ostream& out);

}  // namespace accord
