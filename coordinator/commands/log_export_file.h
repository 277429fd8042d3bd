// A whole log as a file.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "coordinator/store/federation_log.h"

namespace accord {

// The file is there when it is whole. Works while others append to the log.
absl::Status WriteLogFile(FederationLog& log, const std::string& path);

}  // namespace accord
