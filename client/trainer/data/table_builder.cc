#include "client/trainer/data/table_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"

namespace accord {
namespace {

constexpr uint64_t kRowsBeforeEstimate = 1000;

}  // namespace

TableBuilder::TableBuilder(const v1::DataSchema& schema, const v1::DatasetMapping& mapping,
                           const v1::ModelSpec* regression, SplitRule& split, PersonFilter& persons, DataFaults& faults)
    : mapping_(mapping),
      split_(split),
      persons_(persons),
      faults_(faults),
      inputs_(InputColumns(schema)),
      target_(ColumnReader::ForTarget(schema.target(), mapping)),
      is_regression_(regression != nullptr) {
  for (const v1::Feature& feature : schema.features()) features_.push_back(ColumnReader::ForFeature(feature, mapping));
  if (schema.target().has_survival()) event_ = ColumnReader::ForEvent(schema.target().survival(), mapping);
  if (regression != nullptr && regression->poisson_regression().has_exposure()) {
    exposure_ = ColumnReader::ForExposure(regression->poisson_regression().exposure(), mapping);
  }
  cells_.resize(features_.size());
  data_.train.input_shape = data_.test.input_shape = {static_cast<int64_t>(inputs_.size())};
}

void TableBuilder::Begin(absl::Span<const std::string> column_names, uint64_t line) {
  header_.assign(column_names.begin(), column_names.end());
  for (ColumnReader& feature : features_) feature.Place(column_names, line, faults_);
  target_.Place(column_names, line, faults_);
  if (event_.has_value()) event_->Place(column_names, line, faults_);
  if (exposure_.has_value()) exposure_->Place(column_names, line, faults_);
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
  ColumnReader::Cell target = target_.Read(row, faults_, target_value_);
  const auto read_more = [&](std::optional<ColumnReader>& reader, double& value) {
    if (!reader.has_value()) return;
    const ColumnReader::Cell cell = reader->Read(row, faults_, value);
    bad |= cell == ColumnReader::Cell::kBad;
    if (cell == ColumnReader::Cell::kMissing && target == ColumnReader::Cell::kValue) target = cell;
  };
  read_more(event_, event_value_);
  read_more(exposure_, exposure_value_);
  if (bad || target == ColumnReader::Cell::kBad) return false;
  if (target == ColumnReader::Cell::kMissing) ++targets_missing_;
  // A value made up for a missing one would bias a regression's standard errors.
  const bool drops = is_regression_ || mapping_.rows_with_missing() == v1::DatasetMapping::DROP;
  if (target == ColumnReader::Cell::kMissing || (missing && drops)) {
    ++dropped_;
    return false;
  }
  return true;
}

double TableBuilder::InputOf(const InputColumn& input) const {
  const double cell = cells_[static_cast<size_t>(input.feature)];
  const bool indicator = input.level >= 0 && !std::isnan(cell);
  return indicator ? (cell == input.level ? 1 : 0) : cell;
}

void TableBuilder::AppendInputs(Examples& examples) {
  for (const InputColumn& input : inputs_) examples.numbers.push_back(static_cast<float>(InputOf(input)));
  examples.targets.push_back(static_cast<float>(target_value_));
}

void TableBuilder::AppendRegressionRow() {
  RegressionRows& rows = data_.regression;
  for (const InputColumn& input : inputs_) rows.inputs.push_back(InputOf(input));
  rows.targets.push_back(target_value_);
  if (event_.has_value()) rows.events.push_back(event_value_ == 1 ? 1 : 0);
  if (exposure_.has_value()) rows.exposures.push_back(exposure_value_);
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
  if (rows_ == kRowsBeforeEstimate && !is_regression_) ReserveFor(row, position);
  // A row that is not used may hold anything.
  if (set == RowSet::kUnused || (is_regression_ && set == RowSet::kTest)) return;
  const bool known = verdict != PersonFilter::Verdict::kUnknownPerson;
  if (!known) persons_.AddUnknownPerson(row.line, faults_);
  const uint64_t dropped_before = dropped_;
  const bool usable = ReadRow(row);
  if (!known) return;
  if (is_regression_) {
    data_.regression.incomplete += dropped_ - dropped_before;
    if (usable) AppendRegressionRow();
    return;
  }
  if (!usable) return;
  AppendInputs(set == RowSet::kTrain ? data_.train : data_.test);
}

JobData TableBuilder::Finish(v1::DataReport& report) {
  report.set_rows(rows_);
  report.set_train_rows(data_.train.rows() + data_.regression.size());
  report.set_test_rows(data_.test.rows());
  report.set_dropped_rows(dropped_);
  for (const ColumnReader& feature : features_) feature.WriteTo(report);
  target_.WriteTo(report);
  if (event_.has_value()) event_->WriteTo(report);
  if (exposure_.has_value()) exposure_->WriteTo(report);
  if (targets_missing_ > 0) {
    report.add_warnings(absl::StrCat(targets_missing_, " rows have no '", target_.name(), "' and are left out"));
  }
  if (data_.regression.incomplete > 0) {
    report.add_warnings(absl::StrCat(data_.regression.incomplete,
                                     " training rows lack a value and are left out: a regression by newton is of "
                                     "complete rows, whatever rows_with_missing says"));
  }
  return std::move(data_);
}

}  // namespace accord
