// `accord-client release`: which version a data set of this site has, and what the owner of its rows released it for.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct ReleaseOptions {
  std::string config_path;
  std::string data_set;  // of `version`
  std::string file;      // of `take`: the signed release
  std::string charter;   // of `take`: file of the charter that is to be pinned next; empty: of the pinned one
  bool json = false;
};

// Hashes the data set in a sandboxed trainer where it was not hashed as it is now, and prints the version for whoever
// signs a release. NOT_FOUND: the config names no such data set; UNAVAILABLE: it is being written to.
absl::Status ShowDataVersion(const ReleaseOptions& options, std::ostream& out);

// Keeps a release and tells the daemon: from then on the data set is read under releases alone. INVALID_ARGUMENT: no
// steward of this site's organisation has signed it under the charter that is pinned here; FAILED_PRECONDITION: none is
// pinned, or a later release was taken before. With a charter's file: keeps it beside the one that holds now, until
// that charter is pinned.
absl::Status TakeRelease(const ReleaseOptions& options, std::ostream& out);

// What is released here, and whether it holds now. FAILED_PRECONDITION: no charter is pinned.
absl::Status ShowReleases(const ReleaseOptions& options, std::ostream& out);

}  // namespace accord
