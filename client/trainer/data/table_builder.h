// Turns the rows of a table into examples, by schema and mapping.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/programs/columns.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/opt_out.h"
#include "client/trainer/data/split_rule.h"
#include "client/trainer/data/table_row.h"

namespace accord {

// Feed it the header's names once, then every data row in order. Rows that cannot be used go to the faults and are left
// out; whether the data set may then be used is for the caller to decide. Rows of persons who opted out are not looked
// at, not counted, and move no other row between the sets. Not thread-safe.
class TableBuilder {
 public:
  // `regression`: as in DataRequest. All must outlive it.
  TableBuilder(const v1::DataSchema& schema, const v1::DatasetMapping& mapping, const v1::ModelSpec* regression,
               SplitRule& split, PersonFilter& persons, DataFaults& faults);

  // Fatal faults for a schema column that the file lacks or a name that stands there twice.
  void Begin(absl::Span<const std::string> column_names, uint64_t line);
  void AddRow(const TableRow& row, const TablePosition& position);
  // Call at the end: the examples, and counts and warnings into `report`.
  JobData Finish(v1::DataReport& report);

 private:
  // False when the row was bad or is dropped.
  bool ReadRow(const TableRow& row);
  double InputOf(const InputColumn& input) const;
  void AppendInputs(Examples& examples);
  void AppendRegressionRow();
  void ReserveFor(const TableRow& row, const TablePosition& position);

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
  JobData data_;
};

}  // namespace accord
