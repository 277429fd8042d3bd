#include "client/trainer/data/table_builder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

constexpr double kMissingValue = std::numeric_limits<double>::quiet_NaN();
constexpr uint64_t kRowsBeforeEstimate = 1000;

}  // namespace

TableBuilder::TableBuilder(const v1::DataSchema& schema, const v1::DatasetMapping& mapping, SplitRule& split,
                           DataFaults& faults)
    : mapping_(mapping), split_(split), faults_(faults), inputs_(InputColumns(schema)) {
  for (const v1::Feature& feature : schema.features()) {
    features_.push_back(MakeSource(feature.name(), feature.has_numeric() ? &feature.numeric() : nullptr,
                                   feature.has_category() ? &feature.category() : nullptr));
  }
  const v1::Target& target = schema.target();
  target_ = MakeSource(target.name(), target.has_numeric() ? &target.numeric() : nullptr,
                       target.has_category() ? &target.category() : nullptr);
  cells_.resize(features_.size());
  data_.train.input_shape = data_.test.input_shape = {static_cast<int64_t>(inputs_.size())};
}

const v1::ColumnMapping* TableBuilder::MappingOf(const std::string& name) const {
  for (const v1::ColumnMapping& column : mapping_.columns()) {
    if (column.name() == name) return &column;
  }
  return nullptr;
}

TableBuilder::Source TableBuilder::MakeSource(const std::string& name, const v1::Numeric* numeric,
                                              const v1::Category* category) const {
  const v1::ColumnMapping* mapping = MappingOf(name);
  Source source;
  source.name = name;
  source.file_name = mapping == nullptr || mapping->column().empty() ? name : mapping->column();
  for (const std::string& text : mapping_.missing()) source.missing.Insert(text);
  if (mapping != nullptr) {
    for (const std::string& text : mapping->missing()) source.missing.Insert(text);
    source.offset = mapping->offset();
    if (mapping->scale() != 0) source.scale = mapping->scale();
  }
  if (category != nullptr) source.codes.emplace(*category, mapping);
  if (numeric != nullptr) {
    source.min = numeric->min();
    source.max = numeric->max();
  }
  return source;
}

void TableBuilder::Place(Source& source, absl::Span<const std::string> column_names, uint64_t line) {
  const auto found = std::find(column_names.begin(), column_names.end(), source.file_name);
  if (found == column_names.end()) {
    // The names that are there are not told: without a header line they would be a row's values.
    faults_.AddFatal(line, source.file_name,
                     "no such column in the header (if the file has no header line, list its columns in csv.header)");
  } else if (std::find(found + 1, column_names.end(), source.file_name) != column_names.end()) {
    faults_.AddFatal(line, source.file_name, "the header has this column twice");
  } else {
    source.field = static_cast<size_t>(found - column_names.begin());
  }
}

void TableBuilder::Begin(absl::Span<const std::string> column_names, uint64_t line) {
  header_.assign(column_names.begin(), column_names.end());
  for (Source& source : features_) Place(source, column_names, line);
  Place(target_, column_names, line);
}

TableBuilder::Cell TableBuilder::Read(Source& source, const CsvRow& row, double& value) {
  const std::string& text = row.fields[source.field];
  value = kMissingValue;
  if (source.missing.Contains(text)) {
    ++source.num_missing;
    return Cell::kMissing;
  }
  if (source.codes.has_value()) {
    const std::optional<int> level = source.codes->LevelOf(text);
    if (!level.has_value()) {
      faults_.AddBadRow(row.line, source.file_name, text.empty() ? "empty" : "undeclared level");
      return Cell::kBad;
    }
    value = *level;
    return Cell::kValue;
  }
  const std::optional<double> number = ParseNumber(text);
  if (!number.has_value()) {
    faults_.AddBadRow(row.line, source.file_name, text.empty() ? "empty" : "not a number");
    return Cell::kBad;
  }
  const double scaled = source.scale * *number + source.offset;
  if (!(scaled >= source.min && scaled <= source.max)) {
    ++source.num_missing;
    ++source.num_out_of_range;
    return Cell::kMissing;
  }
  value = scaled;
  return Cell::kValue;
}

bool TableBuilder::ReadRow(const CsvRow& row) {
  if (row.fields.size() != header_.size()) {
    faults_.AddBadRow(row.line, "", absl::StrCat(row.fields.size(), " fields instead of ", header_.size()));
    return false;
  }
  if (rows_ == 1 && std::equal(header_.begin(), header_.end(), row.fields.begin())) {
    faults_.AddFatal(row.line, "", "a header line, although the mapping gives csv.header: remove it from the mapping");
    return false;
  }
  bool bad = false;
  bool missing = false;
  // Every cell is read, so that one look at the report shows all that is wrong with a row.
  for (size_t i = 0; i < features_.size(); ++i) {
    const Cell cell = Read(features_[i], row, cells_[i]);
    bad |= cell == Cell::kBad;
    missing |= cell == Cell::kMissing;
  }
  const Cell target = Read(target_, row, target_value_);
  if (bad || target == Cell::kBad) return false;
  if (target == Cell::kMissing) ++targets_missing_;
  if (target == Cell::kMissing || (missing && mapping_.rows_with_missing() == v1::DatasetMapping::DROP)) {
    ++dropped_;
    return false;
  }
  return true;
}

void TableBuilder::AppendInputs(Examples& examples) {
  for (const InputColumn& input : inputs_) {
    const double cell = cells_[static_cast<size_t>(input.feature)];
    const bool indicator = input.level >= 0 && !std::isnan(cell);
    examples.numbers.push_back(static_cast<float>(indicator ? (cell == input.level ? 1 : 0) : cell));
  }
  examples.targets.push_back(static_cast<float>(target_value_));
}

// Growing by doubling would need three times the memory of a large table for a moment.
void TableBuilder::ReserveFor(const CsvRow& row, const CsvPosition& position) {
  const std::optional<double> train_share = split_.train_share();
  if (!train_share.has_value() || position.bytes_read == 0) return;
  const double per_byte = static_cast<double>(row.line) / static_cast<double>(position.bytes_read);
  const double rows = 1.05 * per_byte * static_cast<double>(position.bytes_total);
  const auto reserve = [&](Examples& examples, double share) {
    const auto count = static_cast<size_t>(rows * share) + 1;
    examples.numbers.reserve(count * inputs_.size());
    examples.targets.reserve(count);
  };
  reserve(data_.train, *train_share);
  reserve(data_.test, 1 - *train_share);
}

void TableBuilder::AddRow(const CsvRow& row, const CsvPosition& position) {
  ++rows_;
  const RowSet set = split_.SetOf(row.line);
  if (rows_ == kRowsBeforeEstimate) ReserveFor(row, position);
  // A row that is not used may hold anything.
  if (set == RowSet::kUnused || !ReadRow(row)) return;
  AppendInputs(set == RowSet::kTrain ? data_.train : data_.test);
}

JobData TableBuilder::Finish(v1::DataReport& report) {
  report.set_rows(rows_);
  report.set_train_rows(data_.train.rows());
  report.set_test_rows(data_.test.rows());
  report.set_dropped_rows(dropped_);
  const auto describe = [&](const Source& source) {
    v1::ColumnReport& column = *report.add_columns();
    column.set_name(source.name);
    column.set_missing(source.num_missing);
    if (source.num_out_of_range > 0) {
      report.add_warnings(absl::StrCat("column '", source.name, "': ", source.num_out_of_range,
                                       " values outside the schema's bounds count as missing (is the unit right?)"));
    }
  };
  for (const Source& source : features_) describe(source);
  describe(target_);
  if (targets_missing_ > 0) {
    report.add_warnings(absl::StrCat(targets_missing_, " rows have no '", target_.name, "' and are left out"));
  }
  return std::move(data_);
}

}  // namespace accord
