// The table that says of each image, series or text what is to be learnt from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/split_rule.h"
#include "client/trainer/data/table_row.h"

namespace accord {

// A row that is used.
struct LabelRow {
  uint64_t index = 0;  // among the table's rows, from 0, also those that are not used
  uint64_t line = 0;   // in the table's file
  RowSet set = RowSet::kTrain;
  float target = 0;  // 0 in segmentation, whose target is a mask
  std::string file;  // where the table names files
  std::string mask;  // and files of masks
};

struct LabelTable {
  std::vector<LabelRow> rows;
  uint64_t num_rows = 0;  // that the table has
};

// Names of columns in the table's header; empty: it has none of the kind.
struct LabelColumns {
  std::string file = "";
  std::string mask = "";
};

// Reads the table at `path`: a CSV file with a header that names the target's column (not of a mask), those of
// `columns`, and the mapping's person_id. Rows of persons who opted out, and rows that the split does not use, are not
// in the result; neither are rows that cannot be used, which are faults, or lack a target, which are counted. What the
// report tells of rows and persons is filled in. Memory: about 60 bytes a row besides the names of files.
absl::StatusOr<LabelTable> ReadLabels(const DataRequest& request, const std::string& path, const LabelColumns& columns,
                                      DataFaults& faults, v1::DataReport& report);

// What the rows of a table hold besides the target, where that is no list of features.
class RowContent {
 public:
  virtual ~RowContent() = default;
  // The names of the columns, before the first row; what is not there is a fatal fault.
  virtual void Begin(absl::Span<const std::string> names, uint64_t line, DataFaults& faults) = 0;
  // A row that has a target and is used; what cannot be used of it is a fault.
  virtual void Take(const TableRow& row, const LabelRow& label, DataFaults& faults) = 0;
};

// Likewise the table that the mapping names (csv, sqlite), handing each row that has a target to `content`.
absl::Status ReadContent(const DataRequest& request, RowContent& content, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
