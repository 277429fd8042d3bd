// Turns the rows of a table into examples, by schema and mapping.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "aggregation/programs/columns.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/opt_out.h"
#include "client/trainer/data/regression_store.h"
#include "client/trainer/data/split_rule.h"
#include "client/trainer/data/table_row.h"
#include "client/trainer/data/table_rows.h"

namespace accord {

// Feed it the header's names once, then every data row in order. Rows that cannot be used go to the faults and are left
// out; whether the data set may then be used is for the caller to decide. Rows of persons who opted out are not looked
// at, not counted, and move no other row between the sets. Not thread-safe.
class TableBuilder {
 public:
  // `mapping` instead of the request's. All must outlive it.
  TableBuilder(const DataRequest& request, const v1::DatasetMapping& mapping, SplitRule& split, PersonFilter& persons,
               DataFaults& faults);

  // Fatal faults for a schema column that the file lacks or a name that stands there twice.
  void Begin(absl::Span<const std::string> column_names, uint64_t line);
  // Errors of TableRows, after which no further row helps.
  absl::Status AddRow(const TableRow& row, const TablePosition& position);
  // Call at the end: the examples, and counts and warnings into `report`.
  absl::StatusOr<JobData> Finish(v1::DataReport& report);

 private:
  // False when the row was bad or is dropped.
  bool ReadRow(const TableRow& row);
  double InputOf(const InputColumn& input) const;
  absl::Status AppendInputs(RowSet set);
  absl::Status AppendRegressionRow();
  absl::Status ExpectRows(const TableRow& row, const TablePosition& position);

  const v1::DatasetMapping& mapping_;
  SplitRule& split_;
  PersonFilter& persons_;
  DataFaults& faults_;
  std::vector<InputColumn> inputs_;
  std::vector<ColumnReader> features_;
  ColumnReader target_;
  std::optional<ColumnReader> event_;     // of a survival target
  std::optional<ColumnReader> exposure_;  // of counts
  const bool is_regression_;
  std::vector<std::string> header_;
  std::vector<double> cells_;  // of the current row, one a feature; NaN = missing
  double target_value_ = 0;
  double event_value_ = 0;
  double exposure_value_ = 0;
  uint64_t rows_ = 0;
  uint64_t dropped_ = 0;
  uint64_t targets_missing_ = 0;
  std::vector<float> row_inputs_;  // of the current row
  TableRows kept_;
  RegressionStore regression_;
  std::vector<double> regression_inputs_;  // of the current row
  uint64_t incomplete_ = 0;
};

}  // namespace accord
