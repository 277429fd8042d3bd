#include "client/trainer/data/table_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kRowsBeforeEstimate = 1000;

}  // namespace

TableBuilder::TableBuilder(const DataRequest& request, const v1::DatasetMapping& mapping, SplitRule& split,
                           PersonFilter& persons, DataFaults& faults)
    : mapping_(mapping),
      split_(split),
      persons_(persons),
      faults_(faults),
      inputs_(InputColumns(*request.schema)),
      target_(ColumnReader::ForTarget(request.schema->target(), mapping)),
      is_regression_(request.regression != nullptr),
      row_inputs_(inputs_.size()),
      kept_(inputs_.size(), request),
      regression_(inputs_.size(), request.room),
      regression_inputs_(inputs_.size()) {
  const v1::DataSchema& schema = *request.schema;
  const v1::ModelSpec* regression = request.regression;
  for (const v1::Feature& feature : schema.features()) features_.push_back(ColumnReader::ForFeature(feature, mapping));
  if (schema.target().has_survival()) event_ = ColumnReader::ForEvent(schema.target().survival(), mapping);
  if (regression != nullptr && regression->poisson_regression().has_exposure()) {
    exposure_ = ColumnReader::ForExposure(regression->poisson_regression().exposure(), mapping);
  }
  cells_.resize(features_.size());
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

absl::Status TableBuilder::AppendInputs(RowSet set) {
  for (size_t i = 0; i < inputs_.size(); ++i) row_inputs_[i] = static_cast<float>(InputOf(inputs_[i]));
  return kept_.Add(set, row_inputs_, static_cast<float>(target_value_));
}

absl::Status TableBuilder::AppendRegressionRow() {
  for (size_t i = 0; i < inputs_.size(); ++i) regression_inputs_[i] = InputOf(inputs_[i]);
  RegressionRow row = {regression_inputs_, target_value_, {}, {}};
  if (event_.has_value()) row.event = event_value_ == 1;
  if (exposure_.has_value()) row.exposure = exposure_value_;
  return regression_.Add(row);
}

absl::Status TableBuilder::ExpectRows(const TableRow& row, const TablePosition& position) {
  const std::optional<double> train_share = split_.train_share();
  if (!train_share.has_value() || position.done == 0 || position.total == 0) return absl::OkStatus();
  const double per_byte = static_cast<double>(row.line) / static_cast<double>(position.done);
  const double rows = 1.05 * per_byte * static_cast<double>(position.total);
  return kept_.Expect(rows * *train_share, rows * (1 - *train_share));
}

absl::Status TableBuilder::AddRow(const TableRow& row, const TablePosition& position) {
  const RowSet set = split_.SetOf(row.line);
  const PersonFilter::Verdict verdict = persons_.Judge(row);
  if (verdict == PersonFilter::Verdict::kLeaveOut) return absl::OkStatus();
  ++rows_;
  if (rows_ == kRowsBeforeEstimate && !is_regression_) ACCORD_RETURN_IF_ERROR(ExpectRows(row, position));
  // A row that is not used may hold anything.
  if (set == RowSet::kUnused || (is_regression_ && set == RowSet::kTest)) return absl::OkStatus();
  const bool known = verdict != PersonFilter::Verdict::kUnknownPerson;
  if (!known) persons_.AddUnknownPerson(row.line, faults_);
  const uint64_t dropped_before = dropped_;
  const bool usable = ReadRow(row);
  if (!known) return absl::OkStatus();
  if (is_regression_) {
    incomplete_ += dropped_ - dropped_before;
    return usable ? AppendRegressionRow() : absl::OkStatus();
  }
  return usable ? AppendInputs(set) : absl::OkStatus();
}

absl::StatusOr<JobData> TableBuilder::Finish(v1::DataReport& report) {
  report.set_rows(rows_);
  report.set_train_rows(kept_.train_rows() + regression_.size());
  report.set_test_rows(kept_.test_rows());
  report.set_dropped_rows(dropped_);
  for (const ColumnReader& feature : features_) feature.WriteTo(report);
  target_.WriteTo(report);
  if (event_.has_value()) event_->WriteTo(report);
  if (exposure_.has_value()) exposure_->WriteTo(report);
  if (targets_missing_ > 0) {
    report.add_warnings(absl::StrCat(targets_missing_, " rows have no '", target_.name(), "' and are left out"));
  }
  if (incomplete_ > 0) {
    report.add_warnings(absl::StrCat(incomplete_,
                                     " training rows lack a value and are left out: a regression by newton is of "
                                     "complete rows, whatever rows_with_missing says"));
  }
  JobData data;
  ACCORD_RETURN_IF_ERROR(kept_.Finish(data));
  ACCORD_ASSIGN_OR_RETURN(data.regression, regression_.Finish(incomplete_));
  return data;
}

}  // namespace accord
