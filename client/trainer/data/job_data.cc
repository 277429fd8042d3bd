#include "client/trainer/data/job_data.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/columns.h"
#include "base/status.h"
#include "client/trainer/data/csv_reader.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/idx_source.h"
#include "client/trainer/data/image_loader.h"
#include "client/trainer/data/split_rule.h"
#include "client/trainer/data/table_builder.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

constexpr uint64_t kRowsBetweenProgress = 10'000;

CsvOptions OptionsOf(const v1::CsvSource& source, uint64_t max_bytes) {
  return {source.file(), source.delimiter().empty() ? ',' : source.delimiter()[0], max_bytes};
}

absl::StatusOr<JobData> LoadTable(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::CsvSource& source = request.mapping->csv();
  ACCORD_ASSIGN_OR_RETURN(SplitRule split, SplitRule::Create(*request.mapping, request.seed, request.site, faults));
  TableBuilder builder(*request.schema, *request.mapping, split, faults);
  bool begun = source.header_size() > 0;
  if (begun) builder.Begin(std::vector<std::string>(source.header().begin(), source.header().end()), 0);
  if (faults.fatal()) return JobData();
  uint64_t rows = 0;
  const auto on_row = [&](const CsvRow& row, const CsvPosition& position) {
    if (std::exchange(begun, true)) {
      builder.AddRow(row, position);
      if (++rows % kRowsBetweenProgress == 0 && request.progress) {
        request.progress(position.bytes_read, position.bytes_total);
      }
    } else {
      builder.Begin(row.fields, row.line);
    }
    return !faults.fatal();
  };
  ACCORD_RETURN_IF_ERROR(ReadCsv(OptionsOf(source, request.max_bytes), faults, on_row));
  return builder.Finish(report);
}

void WarnOfOneClass(const v1::DataSchema& schema, const Examples& train, v1::DataReport& report) {
  if (!schema.target().has_category() || train.targets.empty()) return;
  const float first = train.targets.front();
  if (std::any_of(train.targets.begin(), train.targets.end(), [&](float target) { return target != first; })) return;
  report.add_warnings(absl::StrCat("all ", train.rows(), " training rows have the same '", schema.target().name(),
                                   "': alone this site could learn nothing from them"));
}

void WarnOfUselessColumns(const v1::DataSchema& schema, const Examples& train, v1::DataReport& report) {
  const std::vector<InputColumn> inputs = InputColumns(schema);
  for (size_t column = 0; column < inputs.size(); ++column) {
    float seen = NAN;
    bool varies = false;
    for (size_t i = column; i < train.numbers.size() && !varies; i += inputs.size()) {
      const float value = train.numbers[i];
      if (std::isnan(value)) continue;
      varies = !std::isnan(seen) && value != seen;
      seen = value;
    }
    if (varies) continue;
    report.add_warnings(absl::StrCat(
        "column '", inputs[column].name,
        std::isnan(seen) ? "' is missing in every training row" : "' has the same value in every training row"));
  }
}

void AddWarnings(const v1::DataSchema& schema, const JobData& data, v1::DataReport& report) {
  WarnOfOneClass(schema, data.train, report);
  if (schema.has_image()) {
    if (data.test.rows() == 0) report.add_warnings("no row is held out for testing");
    return;
  }
  if (data.train.rows() > 0) WarnOfUselessColumns(schema, data.train, report);
  const size_t columns = InputColumns(schema).size();
  if (data.train.rows() < columns) {
    report.add_warnings(absl::StrCat(data.train.rows(), " training rows for ", columns,
                                     " input columns: too few to learn much, and a model may remember single rows"));
  }
  if (data.test.rows() == 0) report.add_warnings("no row is held out for testing");
}

// Whether the data set may be used as it was found.
absl::Status Judge(const DataRequest& request, const DataFaults& faults, const v1::DataReport& report) {
  if (faults.fatal()) return absl::InvalidArgumentError(absl::StrCat("the data set cannot be read: ", faults.First()));
  if (faults.num_faults() > 0 && request.mapping->bad_rows() != v1::DatasetMapping::LEAVE_OUT) {
    return absl::InvalidArgumentError(
        absl::StrCat(faults.num_faults(), " values or rows of the data set cannot be read; the first: ", faults.First(),
                     ". Mend the file or its mapping, or set bad_rows: leave_out"));
  }
  if (report.rows() == 0) return absl::InvalidArgumentError("the data set has no rows");
  if (report.train_rows() == 0) {
    return absl::InvalidArgumentError(absl::StrCat("none of the ", report.rows(), " rows can be used for training"));
  }
  return absl::OkStatus();
}

absl::Status InspectImages(const v1::IdxSource& source, uint64_t max_bytes, v1::DataReport& report) {
  ACCORD_ASSIGN_OR_RETURN(const IdxFile images, IdxFile::Open(source.images(), max_bytes));
  ACCORD_ASSIGN_OR_RETURN(const IdxFile labels, IdxFile::Open(source.labels(), max_bytes));
  report.set_rows(images.num_items());
  if (images.num_items() == labels.num_items()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(images.num_items(), " images, but ", labels.num_items(), " labels"));
}

// Counts the missing values of a table's columns.
class TableInspector {
 public:
  TableInspector(const v1::DatasetMapping& mapping, DataFaults& faults)
      : faults_(faults), names_(mapping.csv().header().begin(), mapping.csv().header().end()), counts_(names_.size()) {
    for (const std::string& text : mapping.missing()) missing_.Insert(text);
  }
  void Add(const CsvRow& row) {
    if (names_.empty()) {
      // Columns by position: the first line of a file without a header would be values.
      for (size_t i = 0; i < row.fields.size(); ++i) names_.push_back(absl::StrCat("column ", i + 1));
      counts_.resize(names_.size());
      return;
    }
    ++rows_;
    if (row.fields.size() != names_.size()) {
      faults_.AddBadRow(row.line, "", absl::StrCat(row.fields.size(), " fields instead of ", names_.size()));
      return;
    }
    for (size_t i = 0; i < names_.size(); ++i) counts_[i] += missing_.Contains(row.fields[i]) ? 1 : 0;
  }
  uint64_t rows() const { return rows_; }
  void WriteTo(v1::DataReport& report) const {
    report.set_rows(rows_);
    for (size_t i = 0; i < names_.size(); ++i) {
      v1::ColumnReport& column = *report.add_columns();
      column.set_name(names_[i]);
      column.set_missing(counts_[i]);
    }
  }

 private:
  DataFaults& faults_;
  TextSet missing_;
  std::vector<std::string> names_;
  std::vector<uint64_t> counts_;
  uint64_t rows_ = 0;
};

}  // namespace

absl::StatusOr<JobData> LoadJobData(const DataRequest& request, v1::DataReport& report) {
  if (request.schema->has_image() != request.mapping->has_idx()) {
    return absl::InvalidArgumentError(request.schema->has_image()
                                          ? "the job needs images, but this data set is a table"
                                          : "the job needs a table, but this data set holds images");
  }
  FaultList contradictions;
  CheckMappingAgainstSchema(*request.mapping, *request.schema, contradictions);
  ACCORD_RETURN_IF_ERROR(contradictions.ToStatus());
  DataFaults faults;
  absl::StatusOr<JobData> data =
      request.mapping->has_idx() ? LoadImages(request, faults, report) : LoadTable(request, faults, report);
  faults.WriteTo(report);
  if (!data.ok()) return data;
  ACCORD_RETURN_IF_ERROR(Judge(request, faults, report));
  AddWarnings(*request.schema, *data, report);
  return data;
}

absl::Status InspectData(const v1::DatasetMapping& mapping, uint64_t max_bytes,
                         const std::function<void(uint64_t done, uint64_t total)>& progress, v1::DataReport& report) {
  if (mapping.has_idx()) return InspectImages(mapping.idx(), max_bytes, report);
  DataFaults faults;
  TableInspector inspector(mapping, faults);
  const auto on_row = [&](const CsvRow& row, const CsvPosition& position) {
    inspector.Add(row);
    if (inspector.rows() % kRowsBetweenProgress == 0 && progress) progress(position.bytes_read, position.bytes_total);
    return true;
  };
  ACCORD_RETURN_IF_ERROR(ReadCsv(OptionsOf(mapping.csv(), max_bytes), faults, on_row));
  inspector.WriteTo(report);
  faults.WriteTo(report);
  if (inspector.rows() > 0 || faults.fatal()) return absl::OkStatus();
  return absl::InvalidArgumentError("the data set has no rows");
}

}  // namespace accord
