// The table that says of each image what is to be learnt from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/split_rule.h"

namespace accord {

// A row that is used.
struct LabelRow {
  uint64_t index = 0;  // among the table's rows, from 0, also those that are not used
  uint64_t line = 0;   // in the table's file
  RowSet set = RowSet::kTrain;
  float target = 0;
  std::string file;  // where the table names files
};

struct LabelTable {
  std::vector<LabelRow> rows;
  uint64_t num_rows = 0;  // that the table has
};

// Reads the table at `path`: a CSV file with a header that names the target's column, `file_column` unless that is
// empty, and the mapping's person_id. Rows of persons who opted out, and rows that the split does not use, are not in
// the result; neither are rows that cannot be used, which are faults, or lack a target, which are counted. What the
// report tells of rows and persons is filled in. Memory: about 60 bytes a row besides the names of files.
absl::StatusOr<LabelTable> ReadLabels(const DataRequest& request, const std::string& path,
                                      const std::string& file_column, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
