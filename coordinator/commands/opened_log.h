// The database and the log of the folder that a configuration names, for commands that work beside a running
// coordinator.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"

namespace accord {

struct OpenedLog {
  std::unique_ptr<Database> database;
  std::unique_ptr<FederationLog> log;
};

// As Database::Open and FederationLog::Open.
absl::StatusOr<OpenedLog> OpenFederationLog(const std::string& config_path);

}  // namespace accord
