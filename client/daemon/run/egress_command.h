// `accord-client egress`: what left this site, from the ledger in its state folder. Works beside a running daemon and
// without one.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct EgressOptions {
  std::string config_path;
  std::string job_id;            // empty: all
  std::string since;             // "2026-11-26" or "2026-11-26 11:00:00", UTC; empty: from the beginning
  std::string format = "table";  // table, csv, json
  bool totals = false;
  bool requests = false;
};

// INVALID_ARGUMENT for a format or time that there is none of; NOT_FOUND where nothing was ever written down;
// DATA_LOSS, after what came before it, at the first entry that is not as it was written.
absl::Status ShowEgress(const EgressOptions& options, std::ostream& out);

}  // namespace accord
