// Turns the rows of a CSV file into examples, by schema and mapping.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "aggregation/programs/columns.h"
#include "client/trainer/data/category_codes.h"
#include "client/trainer/data/csv_reader.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/split_rule.h"

namespace accord {

// Feed it the header's names once, then every data row in order. Rows that cannot be used go to the faults and are left
// out; whether the data set may then be used is for the caller to decide. Not thread-safe.
class TableBuilder {
 public:
  TableBuilder(const v1::DataSchema& schema, const v1::DatasetMapping& mapping, SplitRule& split, DataFaults& faults);

  // Fatal faults for a schema column that the file lacks or a name that stands there twice.
  void Begin(absl::Span<const std::string> column_names, uint64_t line);
  void AddRow(const CsvRow& row, const CsvPosition& position);
  // Call at the end: the examples, and counts and warnings into `report`.
  JobData Finish(v1::DataReport& report);

 private:
  // One column of the schema (feature or target) and where it comes from.
  struct Source {
    std::string name;       // in the schema
    std::string file_name;  // in the file
    size_t field = 0;
    TextSet missing;
    std::optional<CategoryCodes> codes;  // categories
    double scale = 1, offset = 0;        // numbers
    double min = 0, max = 0;
    uint64_t num_missing = 0;
    uint64_t num_out_of_range = 0;
  };
  enum class Cell { kValue, kMissing, kBad };

  Source MakeSource(const std::string& name, const v1::Numeric* numeric, const v1::Category* category) const;
  const v1::ColumnMapping* MappingOf(const std::string& name) const;
  void Place(Source& source, absl::Span<const std::string> column_names, uint64_t line);
  // `value`: the number, or the level's index.
  Cell Read(Source& source, const CsvRow& row, double& value);
  // False when the row was bad or is dropped.
  bool ReadRow(const CsvRow& row);
  void AppendInputs(Examples& examples);
  void ReserveFor(const CsvRow& row, const CsvPosition& position);

  const v1::DatasetMapping& mapping_;
  SplitRule& split_;
  DataFaults& faults_;
  std::vector<InputColumn> inputs_;
  std::vector<Source> features_;
  Source target_;
  std::vector<std::string> header_;
  std::vector<double> cells_;  // of the current row, one a feature; NaN = missing
  double target_value_ = 0;
  uint64_t rows_ = 0;
  uint64_t dropped_ = 0;
  uint64_t targets_missing_ = 0;
  JobData data_;
};

}  // namespace accord
