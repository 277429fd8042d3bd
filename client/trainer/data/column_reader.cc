#include "client/trainer/data/column_reader.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

constexpr double kMissingValue = std::numeric_limits<double>::quiet_NaN();

const v1::ColumnMapping* MappingOf(const std::string& name, const v1::DatasetMapping& mapping) {
  for (const v1::ColumnMapping& column : mapping.columns()) {
    if (column.name() == name) return &column;
  }
  return nullptr;
}

}  // namespace

const char* ProblemOf(FieldKind kind) {
  switch (kind) {
    case FieldKind::kBlob:
      return "bytes (a blob); expected text or a number";
    case FieldKind::kNotText:
      return "text that is not UTF-8, or with a zero byte";
    case FieldKind::kTooLong:
      return "longer than any value";
    case FieldKind::kOtherType:
      return "of a type that is neither text nor a number (an array, JSON, ...); cast it in the query";
    default:
      return nullptr;
  }
}

size_t FieldOf(absl::Span<const std::string> column_names, const std::string& name, uint64_t line, DataFaults& faults) {
  const auto found = std::find(column_names.begin(), column_names.end(), name);
  if (found == column_names.end()) {
    // The names that are there are not told: without a header line they would be a row's values.
    faults.AddFatal(
        line, name,
        faults.place() == v1::DataFault::ROW
            ? "no such column in the query's result"
            : "no such column in the header (if the file has no header line, list its columns in csv.header)");
    return 0;
  }
  if (std::find(found + 1, column_names.end(), name) != column_names.end()) {
    faults.AddFatal(line, name, "the header has this column twice");
  }
  return static_cast<size_t>(found - column_names.begin());
}

ColumnReader ColumnReader::ForFeature(const v1::Feature& feature, const v1::DatasetMapping& mapping) {
  return ColumnReader(feature.name(), feature.has_numeric() ? &feature.numeric() : nullptr,
                      feature.has_category() ? &feature.category() : nullptr, mapping);
}

ColumnReader ColumnReader::ForTarget(const v1::Target& target, const v1::DatasetMapping& mapping) {
  if (target.has_survival()) {
    v1::Numeric time;
    time.set_max(target.survival().max());
    return ColumnReader(target.name(), &time, nullptr, mapping);
  }
  return ColumnReader(target.name(), target.has_numeric() ? &target.numeric() : nullptr,
                      target.has_category() ? &target.category() : nullptr, mapping);
}

ColumnReader ColumnReader::ForEvent(const v1::Survival& survival, const v1::DatasetMapping& mapping) {
  return ColumnReader(survival.event().name(), nullptr, &survival.event().category(), mapping);
}

ColumnReader ColumnReader::ForExposure(const v1::Exposure& exposure, const v1::DatasetMapping& mapping) {
  v1::Numeric bounds;
  bounds.set_min(exposure.min());
  bounds.set_max(exposure.max());
  return ColumnReader(exposure.name(), &bounds, nullptr, mapping);
}

ColumnReader::ColumnReader(const std::string& name, const v1::Numeric* numeric, const v1::Category* category,
                           const v1::DatasetMapping& mapping)
    : name_(name), file_name_(name) {
  for (const std::string& text : mapping.missing()) missing_.Insert(text);
  const v1::ColumnMapping* column = MappingOf(name, mapping);
  if (column != nullptr) {
    if (!column->column().empty()) file_name_ = column->column();
    for (const std::string& text : column->missing()) missing_.Insert(text);
    offset_ = column->offset();
    if (column->scale() != 0) scale_ = column->scale();
  }
  if (category != nullptr) codes_.emplace(*category, column);
  if (numeric != nullptr) {
    min_ = numeric->min();
    max_ = numeric->max();
  }
}

ColumnReader::Cell ColumnReader::Scale(double number, double& value) {
  const double scaled = scale_ * number + offset_;
  if (!(scaled >= min_ && scaled <= max_)) {
    ++num_out_of_range_;
    return Cell::kMissing;
  }
  value = scaled;
  return Cell::kValue;
}

ColumnReader::Cell ColumnReader::ReadText(const std::string& text, double& value, const char*& problem) {
  if (missing_.Contains(text)) return Cell::kMissing;
  if (codes_.has_value()) {
    const std::optional<int> level = codes_->LevelOf(text);
    if (level.has_value()) value = *level;
    problem = text.empty() ? "empty" : "undeclared level";
    return level.has_value() ? Cell::kValue : Cell::kBad;
  }
  const std::optional<double> number = ParseNumber(text);
  if (number.has_value()) return Scale(*number, value);
  problem = text.empty() ? "empty" : "not a number";
  return Cell::kBad;
}

ColumnReader::Cell ColumnReader::ReadNumber(double number, double& value, const char*& problem) {
  if (std::isnan(number) || missing_.ContainsNumber(number)) return Cell::kMissing;
  if (codes_.has_value()) {
    const std::optional<int> level = codes_->LevelOfNumber(number);
    if (level.has_value()) value = *level;
    problem = "undeclared level";
    return level.has_value() ? Cell::kValue : Cell::kBad;
  }
  problem = "not a finite number";
  return std::isfinite(number) ? Scale(number, value) : Cell::kBad;
}

ColumnReader::Cell ColumnReader::Read(const TableRow& row, DataFaults& faults, double& value) {
  value = kMissingValue;
  const FieldKind kind = row.KindOf(field_);
  const char* problem = ProblemOf(kind);
  Cell cell = Cell::kBad;
  if (kind == FieldKind::kNull) cell = Cell::kMissing;
  if (kind == FieldKind::kText) cell = ReadText(row.fields[field_], value, problem);
  if (kind == FieldKind::kNumber) cell = ReadNumber(row.numbers[field_], value, problem);
  if (cell == Cell::kMissing) ++num_missing_;
  if (cell == Cell::kBad) faults.AddBadRow(row.line, file_name_, problem);
  return cell;
}

void ColumnReader::WriteTo(v1::DataReport& report) const {
  v1::ColumnReport& column = *report.add_columns();
  column.set_name(name_);
  column.set_missing(num_missing_);
  if (num_out_of_range_ > 0) {
    report.add_warnings(absl::StrCat("column '", name_, "': ", num_out_of_range_,
                                     " values outside the schema's bounds count as missing (is the unit right?)"));
  }
}

}  // namespace accord
