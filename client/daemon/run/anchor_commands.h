// `accord-client anchor`: how the sites of a federation show it to another one with which it works together.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace accord {

struct AnchorOptions {
  std::string config_path;
  std::string file;                 // the anchor; of write, the roster of the joint federation or its draft
  std::string out;                  // of sign and merge, empty: the file itself
  std::vector<std::string> others;  // of merge
  std::string roster;               // of show: what to hold it against; empty: the roster that is pinned here
  std::string joint_config;         // of sign: this site's config in the joint federation
  int days = 90;                    // of write
};

// Writes an anchor of this site's federation for the joint one, not signed yet: the roster and the charter that are
// pinned here, and, of the joint roster's sites, those that are of this federation, with their keys there.
// FAILED_PRECONDITION: no roster or no charter is pinned here, or no such site is in the joint roster.
absl::Status WriteAnchorFile(const AnchorOptions& options, std::ostream& out);

// Says in words what is signed, and adds this site's signature. FAILED_PRECONDITION: it is not of the roster and the
// charter that are pinned here; or names this site with a key that is not the one of its config in the joint
// federation, so that somebody else would take part in its name.
absl::Status SignAnchorFile(const AnchorOptions& options, std::ostream& out);

// Takes the signatures of other files of the same anchor over.
absl::Status MergeAnchorFiles(const AnchorOptions& options, std::ostream& out);

// Says what is in it and, where a roster is given or pinned here, whose signatures it has and lacks.
// FAILED_PRECONDITION: it does not hold by that roster.
absl::Status ShowAnchorFile(const AnchorOptions& options, std::ostream& out);

}  // namespace accord
