#include "coordinator/commands/opened_log.h"

#include "base/clock.h"
#include "base/status.h"
#include "coordinator/store/store.h"
#include "proto/validation/config_validation.h"

namespace accord {

absl::StatusOr<OpenedLog> OpenFederationLog(const std::string& config_path) {
  ACCORD_ASSIGN_OR_RETURN(const v1::CoordinatorConfig config, LoadCoordinatorConfig(config_path));
  OpenedLog opened;
  ACCORD_ASSIGN_OR_RETURN(opened.database, Database::Open(DatabasePath(config.state_dir())));
  ACCORD_ASSIGN_OR_RETURN(opened.log,
                          FederationLog::Open(config.state_dir(), *opened.database, Clock::System(), config.project()));
  return opened;
}

}  // namespace accord
