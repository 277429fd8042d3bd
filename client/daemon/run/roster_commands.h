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
  std::string hash;        // of pin: of the roster, in hexadecimal, as the officer compared it; empty: not said
};

// Says who is in it, who has signed, and how it differs from the one that is pinned here. Without a config at
// `config_path` it leaves out what is about this site.
absl::Status ShowRoster(const RosterFileOptions& options, std::ostream& out);

// Adds this site's signature to the file and pins the roster; one that follows the pinned roster is signed alone, and
// the daemon goes over to it once it holds. FAILED_PRECONDITION: this site is not listed with the key that it has; or
// another roster is pinned, or another one that follows the same roster was signed here, whichever is pinned now and
// also with `sign_only`, and `replace` is not set.
absl::Status SignRosterFile(const RosterFileOptions& options, std::ostream& out);

// Pins a first roster that all its sites have signed, or one that follows the pinned one and holds; or a later one
// whose ancestor is not pinned here, which this site and more than half of its organisations have signed, or whose
// `hash` is said. FAILED_PRECONDITION: it is none of these, or has another hash than is said; or as SignRosterFile.
absl::Status PinRosterFile(const RosterFileOptions& options, std::ostream& out);

}  // namespace accord
