// The rows that a site's database gave its reader (client/reader), as the trainer takes them.
#pragma once

#include "absl/status/status.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/table_source.h"

namespace accord {

// Reads `request.rows_fd` to its end. Values are texts as those of the same rows in a CSV file, NULL is a missing
// value; bytes, other types and texts that are too long are a fault where a column of the schema reads them. The
// position's `done` counts rows. UNAVAILABLE: the reader was cut off, or says that trying again can help;
// FAILED_PRECONDITION with its words otherwise, and where there is no reader; OUT_OF_RANGE: more than
// `request.max_bytes`; DATA_LOSS: what came are no rows.
absl::Status ReadDatabaseRows(const DataRequest& request, DataFaults& faults, const TableVisitor& visitor);

}  // namespace accord
