// `accord-client charter sign`: a site's word on a charter, with the key for which the roster lists it.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct CharterSigningOptions {
  std::string config_path;
  std::string file;  // of a charter, signed by others or by nobody yet
  std::string out;   // empty: the file itself
};

// Says in words what is signed, and adds this site's signature; pins nothing. FAILED_PRECONDITION: no roster is pinned
// here, or it lists this site with another key, and the signature would count for nothing.
absl::Status SignCharterFile(const CharterSigningOptions& options, std::ostream& out);

}  // namespace accord
