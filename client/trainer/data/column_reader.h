// One column of a schema, and how its values are read from the rows of a table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "client/trainer/data/category_codes.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/table_row.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// The place of a column in a header. A fatal fault, and 0, where it is not there or there twice.
size_t FieldOf(absl::Span<const std::string> column_names, const std::string& name, uint64_t line, DataFaults& faults);

// Why a field of this kind is neither text nor a number; nullptr where it is.
const char* ProblemOf(FieldKind kind);

// Not thread-safe.
class ColumnReader {
 public:
  enum class Cell { kValue, kMissing, kBad };

  static ColumnReader ForFeature(const v1::Feature& feature, const v1::DatasetMapping& mapping);
  // Of a survival target: the time.
  static ColumnReader ForTarget(const v1::Target& target, const v1::DatasetMapping& mapping);
  // Whether the time of a survival target ends with its event.
  static ColumnReader ForEvent(const v1::Survival& survival, const v1::DatasetMapping& mapping);
  // What the counts of a regression are counted over.
  static ColumnReader ForExposure(const v1::Exposure& exposure, const v1::DatasetMapping& mapping);

  const std::string& name() const { return name_; }            // in the schema
  const std::string& file_name() const { return file_name_; }  // in the header

  // Finds the column in the header.
  void Place(absl::Span<const std::string> column_names, uint64_t line, DataFaults& faults) {
    field_ = FieldOf(column_names, file_name_, line, faults);
  }
  // `value`: the number in the schema's unit, or the level's index; NaN unless kValue. What cannot be read goes to
  // `faults`.
  Cell Read(const TableRow& row, DataFaults& faults, double& value);

  // What was missing, and a warning where values were out of bounds.
  void WriteTo(v1::DataReport& report) const;

 private:
  ColumnReader(const std::string& name, const v1::Numeric* numeric, const v1::Category* category,
               const v1::DatasetMapping& mapping);
  Cell ReadText(const std::string& text, double& value, const char*& problem);
  Cell ReadNumber(double number, double& value, const char*& problem);
  Cell Scale(double number, double& value);

  std::string name_;
  std::string file_name_;
  size_t field_ = 0;
  TextSet missing_;
  std::optional<CategoryCodes> codes_;  // categories
  double scale_ = 1, offset_ = 0;       // numbers
  double min_ = 0, max_ = 0;
  uint64_t num_missing_ = 0;
  uint64_t num_out_of_range_ = 0;
};

}  // namespace accord
