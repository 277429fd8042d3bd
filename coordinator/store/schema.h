// The tables of the coordinator's database, and which version of them this program reads.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "base/soci_headers.h"

namespace accord {

// Grows by one with every change of the tables.
inline constexpr int kSchemaVersion = 8;

// Creates the tables in an empty database and brings those of older versions up to this one, keeping what is in them.
// FAILED_PRECONDITION when a newer version of Accord wrote them. May throw SOCI's exceptions: runs inside
// Database::Write. `path` is for messages.
absl::Status PrepareTables(soci::session& sql, const std::string& path);

}  // namespace accord
