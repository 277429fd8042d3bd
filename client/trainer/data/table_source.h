// The rows of a table, from whatever the mapping names: a CSV file, a query on a database file or server, an array with
// its label table.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/table_row.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// Who takes a table: the names once, then the rows in order. Either returns false to stop early.
struct TableVisitor {
  // `line` 0: the names are the mapping's own, or the query's.
  std::function<bool(absl::Span<const std::string> names, uint64_t line)> on_names;
  std::function<bool(const TableRow&, const TablePosition&)> on_row;
};

// What the lines of this source's faults count.
v1::DataFault::Place PlaceOf(const v1::DatasetMapping& mapping);

// In bounded memory, whatever the size. The status is of files that cannot be opened, are too large, or are not of
// their kind at all, and as of ReadDatabaseRows; what is wrong with rows goes to `faults`. Of the request: its mapping,
// max_bytes, rows_fd and progress.
absl::Status ReadTable(const DataRequest& request, DataFaults& faults, const TableVisitor& visitor);

// A CSV file with a header line.
absl::Status ReadCsvTable(const std::string& path, uint64_t max_bytes, DataFaults& faults, const TableVisitor& visitor);

}  // namespace accord
