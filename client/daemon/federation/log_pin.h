// Which log of the federation this site's officer has decided on: its id in log.pin (pin_file.h), or in the config
// (log_id); then both must agree. Without one a site goes by the log that the coordinator showed first.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/daemon/state/state_folder.h"

namespace accord {

// The id that counts, in hexadecimal; empty: none is pinned. `config_id`: log_id of the site's config, or empty.
// FAILED_PRECONDITION: config and state folder disagree, or the file holds no id.
absl::StatusOr<std::string> ReadLogPin(const StateFolder& folder, const std::string& config_id);

// Pins a log, over whichever was pinned.
absl::Status PinLog(const StateFolder& folder, const std::string& id);

}  // namespace accord
