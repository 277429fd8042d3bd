// The result of one query on an SQLite database, row by row.
//
// The database is opened for reading only, and the query is held to that a second time: of everything that SQL can ask
// for, SQLite is told to allow reading tables and calling functions alone. So no ATTACH, PRAGMA, change or extension,
// also not from within a view. Other programs may read the database meanwhile; one that writes to it waits.
//
// Types are the values', not the columns': whole numbers and texts are texts, other numbers are numbers, NULL is a
// missing value, and bytes are a fault where a column of the schema reads them.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/table_source.h"

namespace accord {

struct SqliteOptions {
  std::string path;
  std::string query;
  uint64_t max_bytes = uint64_t{2} << 30;
};

// The position's `done` counts rows. INVALID_ARGUMENT: no SQLite 3 database, one in WAL mode or with an unfinished
// transaction, or a query that is not one SELECT that works; UNAVAILABLE: another program is writing to it; NOT_FOUND
// and OUT_OF_RANGE as of a file; RESOURCE_EXHAUSTED: sorting or grouping takes more memory than the trainer has. No
// message holds a value.
absl::Status ReadSqlite(const SqliteOptions& options, DataFaults& faults, const TableVisitor& visitor);

}  // namespace accord
