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

// Keeps it, tells the daemon, and says why no job runs where that is so, as while the file that the config names as
// policy is another text than was signed. Errors of PolicyStore::Keep; FAILED_PRECONDITION: no charter is pinned.
absl::Status TakePolicy(const PolicyFileOptions& options, std::ostream& out);

// What was taken last, and whether this site goes by it. FAILED_PRECONDITION: no charter is pinned.
absl::Status ShowPolicy(const PolicyFileOptions& options, std::ostream& out);

}  // namespace accord
