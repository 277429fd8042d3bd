// `accord-client log`: what a site's operator does about the federation's log (docs/log.md).
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct LogOptions {
  std::string config_path;
  std::string id;        // of pin; empty: the log that the coordinator showed first
  bool replace = false;  // of pin: another log is pinned, or was shown before, and is to be gone by no longer
};

// Says which log this site goes by, on whose word, and how far it has seen it. Beside a running daemon too.
absl::Status ShowLog(const LogOptions& options, std::ostream& out);

// Pins a log: from then on no other is taken for the federation's. A running daemon goes by it at once.
// FAILED_PRECONDITION: another one is pinned or was shown, and `replace` is not set; or the config names another.
absl::Status PinLogById(const LogOptions& options, std::ostream& out);

// Forgets how far this site has seen the log, after an accident that all sites agreed to leave behind: the next head
// that the coordinator shows is taken as the first one was. The pin stays. What was seen is moved to the folder of
// evidence, and the ledger of what left says that it was forgotten. FAILED_PRECONDITION: a daemon runs.
absl::Status ForgetLog(const LogOptions& options, std::ostream& out);

}  // namespace accord
