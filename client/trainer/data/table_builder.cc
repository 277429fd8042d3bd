#include "client/trainer/data/table_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

constexpr uint64_t kRowsBeforeEstimate = 1000;

}  // namespace

TableBuilder::TableBuilder(const v1::DataSchema& schema, const v1::DatasetMapping& mapping, SplitRule& split,
                           PersonFilter& persons, DataFaults& faults)
    : mapping_(mapping),
      split_(split),
      persons_(persons),
      faults_(faults),
      inputs_(InputColumns(schema)),
      target_(ColumnReader::ForTarget(schema.target(), mapping)) {
  for (const v1::Feature& feature : schema.features()) features_.push_back(ColumnReader::ForFeature(feature, mapping));
  cells_.resize(features_.size());
  data_.train.input_shape = data_.test.input_shape = {static_cast<int64_t>(inputs_.size())};
}

void TableBuilder::Begin(absl::Span<const std::string> column_names, uint64_t line) {
  header_.assign(column_names.begin(), column_names.end());
  for (ColumnReader& feature : features_) feature.Place(column_names, line, faults_);
  target_.Place(column_names, line, faults_);
  persons_.Begin(column_names, line, faults_);
}

bool TableBuilder::ReadRow(const TableRow& row) {
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
    const ColumnReader::Cell cell = features_[i].Read(row, faults_, cells_[i]);
    bad |= cell == ColumnReader::Cell::kBad;
    missing |= cell == ColumnReader::Cell::kMissing;
  }
  const ColumnReader::Cell target = target_.Read(row, faults_, target_value_);
  if (bad || target == ColumnReader::Cell::kBad) return false;
  if (target == ColumnReader::Cell::kMissing) ++targets_missing_;
  if (target == ColumnReader::Cell::kMissing || (missing && mapping_.rows_with_missing() == v1::DatasetMapping::DROP)) {
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
void TableBuilder::ReserveFor(const TableRow& row, const TablePosition& position) {
  const std::optional<double> train_share = split_.train_share();
  if (!train_share.has_value() || position.done == 0 || position.total == 0) return;
  const double per_byte = static_cast<double>(row.line) / static_cast<double>(position.done);
  const double rows = 1.05 * per_byte * static_cast<double>(position.total);
  const auto reserve = [&](Examples& examples, double share) {
    const auto count = static_cast<size_t>(rows * share) + 1;
    examples.numbers.reserve(count * inputs_.size());
    examples.targets.reserve(count);
  };
  reserve(data_.train, *train_share);
  reserve(data_.test, 1 - *train_share);
}

void TableBuilder::AddRow(const TableRow& row, const TablePosition& position) {
  const RowSet set = split_.SetOf(row.line);
  const PersonFilter::Verdict verdict = persons_.Judge(row);
  if (verdict == PersonFilter::Verdict::kLeaveOut) return;
  ++rows_;
  if (rows_ == kRowsBeforeEstimate) ReserveFor(row, position);
  // A row that is not used may hold anything.
  if (set == RowSet::kUnused) return;
  const bool known = verdict != PersonFilter::Verdict::kUnknownPerson;
  if (!known) persons_.AddUnknownPerson(row.line, faults_);
  if (!ReadRow(row) || !known) return;
  AppendInputs(set == RowSet::kTrain ? data_.train : data_.test);
}

JobData TableBuilder::Finish(v1::DataReport& report) {
  report.set_rows(rows_);
  report.set_train_rows(data_.train.rows());
  report.set_test_rows(data_.test.rows());
  report.set_dropped_rows(dropped_);
  for (const ColumnReader& feature : features_) feature.WriteTo(report);
  target_.WriteTo(report);
  if (targets_missing_ > 0) {
    report.add_warnings(absl::StrCat(targets_missing_, " rows have no '", target_.name(), "' and are left out"));
  }
  return std::move(data_);
}

}  // namespace accord
