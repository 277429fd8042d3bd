// Rows of orders, approvals and stops while a transaction of JobStore reads or adds to them, and what the log says of
// them. May throw SOCI's exceptions: runs inside Database::Write or Read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/soci_headers.h"
#include "coordinator/store/job_store.h"
#include "coordinator/store/log_store.h"

namespace accord {

// Of a new job that comes with these: FAILED_PRECONDITION where a charter is in force and they are none under it.
absl::Status CheckCharterInForce(soci::session& sql, const std::optional<StoredPapers>& papers);
// Order and approvals of a new job. Gives the log's entries. INVALID_ARGUMENT: a statement that cannot be read;
// ALREADY_EXISTS: another job has the order.
absl::StatusOr<std::vector<LogDraft>> InsertPapers(soci::session& sql, const std::string& job_id,
                                                   const StoredPapers& papers);
// No entries: it is there already.
absl::StatusOr<std::vector<LogDraft>> InsertApproval(soci::session& sql, const std::string& job_id,
                                                     const StoredApproval& approval);
// FAILED_PRECONDITION: an ombudsman stopped a job of these bytes, and in which words.
absl::Status CheckNotStopped(soci::session& sql, const std::string& job_sha256);
// No entries: the job has been stopped already. INVALID_ARGUMENT: no stop.
absl::StatusOr<std::vector<LogDraft>> InsertStop(soci::session& sql, const std::string& job_id, const StoredStop& stop);
std::optional<StoredPapers> SelectPapers(soci::session& sql, const std::string& job_id);

}  // namespace accord
