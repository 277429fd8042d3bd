// `accord-client roster`: what a site's operator does with the roster of the federation before the daemon goes by it.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct RosterFileOptions {
  std::string config_path;
  std::string file;      // of a signed roster or a draft; for show and pin, empty: what the coordinator published last
  std::string out;       // of sign; empty: the file itself
  bool replace = false;  // another roster is pinned, and is to be so no longer
  bool sign_only = false;  // of sign: pin nothing
};

// Says who is in it, who has signed, and how it differs from the one that is pinned here. Without a config at
// `config_path` it leaves out what is about this site.
absl::Status ShowRoster(const RosterFileOptions& options, std::ostream& out);

// Adds this site's signature to the file and pins the roster; one that follows the pinned roster is signed alone, and
// the daemon goes over to it once it holds. FAILED_PRECONDITION: this site is not listed with the key that it has; or
// another roster is pinned, or another one that follows the same roster was signed here, whichever is pinned now and
// also with `sign_only`, and `replace` is not set.
absl::Status SignRosterFile(const RosterFileOptions& options, std::ostream& out);

// Pins a roster that all its sites have signed, or one that follows the pinned one and holds. FAILED_PRECONDITION: it
// is neither; or as SignRosterFile. With `replace` also a later one whose ancestors this site does not have.
absl::Status PinRosterFile(const RosterFileOptions& options, std::ostream& out);

}  // namespace accord
