// `accord-client check`: looks at everything that a site needs and says, a line each, what is well and what to do.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace accord {

struct Finding {
  enum class Level { kFine, kWarning, kFault };
  Level level = Level::kFine;
  std::string subject;  // "config", "data set heart", "connection" ...
  std::string text;     // what was found and, unless fine, what to do
};

// Every finding, in the order in which things are needed: config, certificate, clock, token, sandbox, data, scratch,
// BLAS, connection, roster, log, charter, a daemon that goes by other rules. Data is read by a fresh sandboxed trainer,
// never by this process. `job_path`: a job file whose schema the data is held against, or empty. Takes as long as
// reading the data takes.
std::vector<Finding> ExamineSite(const std::string& config_path, const std::string& job_path);

// Prints them and sums up. FAILED_PRECONDITION when one is a fault.
absl::Status CheckSite(const std::string& config_path, const std::string& job_path, bool json, std::ostream& out);

}  // namespace accord
