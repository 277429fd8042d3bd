// An array as the rows of a table, joined with its label table.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/table_source.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// The mapping's names of the array's columns, then those of the label table; row by row in bounded memory. NaN is a
// missing value. Lines are the label table's. A fatal fault where the two have different numbers of rows.
absl::Status ReadNpyTable(const v1::NpySource& source, uint64_t max_bytes, DataFaults& faults,
                          const TableVisitor& visitor);

}  // namespace accord
