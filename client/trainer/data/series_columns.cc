#include "client/trainer/data/series_columns.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/label_table.h"
#include "client/trainer/data/row_store.h"

namespace accord {
namespace {

// The mapping of one measurement, from that of its channel.
v1::DatasetMapping MeasurementMapping(const v1::DatasetMapping& mapping, const std::string& channel,
                                      const std::string& ending) {
  v1::DatasetMapping measurement;
  *measurement.mutable_missing() = mapping.missing();
  v1::ColumnMapping& column = *measurement.add_columns();
  for (const v1::ColumnMapping& mapped : mapping.columns()) {
    if (mapped.name() == channel) column = mapped;
  }
  column.set_column(absl::StrCat(column.column().empty() ? channel : column.column(), ending));
  column.set_name(absl::StrCat(channel, ending));
  return measurement;
}

class SeriesContent : public RowContent {
 public:
  explicit SeriesContent(const DataRequest& request) : store_(*request.schema, ValueKind::kNumbers) {
    const v1::Series& series = request.schema->series();
    v1::Feature feature;
    feature.mutable_numeric()->set_min(series.min());
    feature.mutable_numeric()->set_max(series.max());
    for (const std::string& channel : series.channels()) {
      for (uint32_t i = 1; i <= series.length(); ++i) {
        const std::string ending = absl::StrCat("_", i);
        feature.set_name(channel + ending);
        columns_.push_back(ColumnReader::ForFeature(feature, MeasurementMapping(*request.mapping, channel, ending)));
      }
    }
    values_.resize(columns_.size());
  }

  void Begin(absl::Span<const std::string> names, uint64_t line, DataFaults& faults) override {
    // A file without any of them would otherwise be told a thousand times.
    for (ColumnReader& column : columns_) {
      column.Place(names, line, faults);
      if (faults.fatal()) return;
    }
  }
  void Take(const TableRow& row, const LabelRow& label, DataFaults& faults) override {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const ColumnReader::Cell cell = columns_[i].Read(row, faults, values_[i]);
      if (cell == ColumnReader::Cell::kMissing) {
        faults.AddBadRow(row.line, columns_[i].file_name(),
                         "missing, or outside the schema's bounds (is the unit right?)");
      }
      // The first fault tells of the row.
      if (cell != ColumnReader::Cell::kValue) return;
    }
    const absl::Span<float> out = store_.AddNumbers(label.set, label.target);
    for (size_t i = 0; i < values_.size(); ++i) out[i] = static_cast<float>(values_[i]);
  }
  JobData Finish(v1::DataReport& report) { return store_.Finish(report); }

 private:
  std::vector<ColumnReader> columns_;
  std::vector<double> values_;
  RowStore store_;
};

}  // namespace

absl::StatusOr<JobData> LoadSeriesColumns(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  SeriesContent content(request);
  ACCORD_RETURN_IF_ERROR(ReadContent(request, content, faults, report));
  return content.Finish(report);
}

}  // namespace accord
