// `accord-client stop`: takes an ombudsman's stop of a job that came by hand, because nobody has to rely on the
// coordinator to bring it.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct StopOptions {
  std::string config_path;
  std::string file;  // the signed stop
  bool json = false;
};

// Keeps it and tells the daemon, which ends whatever it does for the job. INVALID_ARGUMENT: no ombudsman of the charter
// that is pinned here has signed it; FAILED_PRECONDITION: none is pinned.
absl::Status TakeStop(const StopOptions& options, std::ostream& out);

}  // namespace accord
