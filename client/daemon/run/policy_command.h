// `accord-client policy`: the site's policy as people of its organisation signed it.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct PolicyFileOptions {
  std::string config_path;
  std::string file;  // of `take`: the signed policy
  bool json = false;
};

// Keeps it, tells the daemon, and says where that one was started without this policy. Errors of PolicyStore::Keep;
// FAILED_PRECONDITION, and nothing is taken: no charter is pinned; the config does not name the file that was signed as
// this site's policy, or names one where people signed that there is none; that file holds another text, or one that
// does not hold under the charter.
absl::Status TakePolicy(const PolicyFileOptions& options, std::ostream& out);

// What was taken last, and whether this site, and the daemon that runs, goes by it. FAILED_PRECONDITION: no charter is
// pinned.
absl::Status ShowPolicy(const PolicyFileOptions& options, std::ostream& out);

}  // namespace accord
