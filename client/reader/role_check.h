// What the mapping's user may do on the server, beside reading.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/reader/connection.h"

namespace accord {

// A warning for each right that a query on rows does not need: a transaction that only reads holds back changes to
// tables, but not functions that read the server's files, start its programs or reach other databases.
// PERMISSION_DENIED: the user is a superuser, or may become one.
absl::StatusOr<std::vector<std::string>> CheckRole(ServerConnection& connection);

}  // namespace accord
