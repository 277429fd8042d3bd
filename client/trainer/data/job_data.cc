#include "client/trainer/data/job_data.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/columns.h"
#include "base/status.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/image_folder.h"
#include "client/trainer/data/image_loader.h"
#include "client/trainer/data/npy_images.h"
#include "client/trainer/data/npy_numbers.h"
#include "client/trainer/data/opt_out.h"
#include "client/trainer/data/row_facts.h"
#include "client/trainer/data/series_columns.h"
#include "client/trainer/data/split_rule.h"
#include "client/trainer/data/table_builder.h"
#include "client/trainer/data/table_source.h"
#include "client/trainer/data/text_rows.h"
#include "proto/validation/config_validation.h"
#include "proto/validation/data_kinds.h"

namespace accord {
namespace {

constexpr uint64_t kRowsBetweenSignsOfLife = 10'000;

absl::StatusOr<JobData> LoadTable(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  v1::DatasetMapping mapping = *request.mapping;
  if (request.regression != nullptr && !mapping.split().has_file()) mapping.mutable_split()->set_test_fraction(0);
  ACCORD_ASSIGN_OR_RETURN(SplitRule split, SplitRule::Create(mapping, request.seed, request.site, faults));
  ACCORD_ASSIGN_OR_RETURN(PersonFilter persons, PersonFilter::Create(mapping, request.opt_out_list, faults));
  TableBuilder builder(request, mapping, split, persons, faults);
  if (faults.fatal()) return JobData();
  uint64_t rows = 0;
  absl::Status added;
  const TableVisitor visitor = {[&](absl::Span<const std::string> names, uint64_t line) {
                                  builder.Begin(names, line);
                                  return true;
                                },
                                [&](const TableRow& row, const TablePosition& position) {
                                  added = builder.AddRow(row, position);
                                  if (++rows % kRowsBetweenSignsOfLife == 0 && request.progress) {
                                    request.progress(position.done, position.total);
                                  }
                                  return added.ok();
                                }};
  const absl::Status read = ReadTable(request, faults, visitor);
  ACCORD_RETURN_IF_ERROR(added);
  ACCORD_RETURN_IF_ERROR(read);
  persons.WriteTo(report);
  return builder.Finish(report);
}

absl::StatusOr<JobData> Load(const DataRequest& request, DataFaults& faults, v1::DataReport& report) {
  const v1::DataSchema& schema = *request.schema;
  if (schema.has_series() || schema.has_text()) {
    if (request.mapping->has_npy()) return LoadNpyNumbers(request, faults, report);
    return schema.has_series() ? LoadSeriesColumns(request, faults, report) : LoadTexts(request, faults, report);
  }
  switch (request.mapping->source_case()) {
    case v1::DatasetMapping::kIdx:
      return LoadImages(request, faults, report);
    case v1::DatasetMapping::kImageFolder:
    case v1::DatasetMapping::kDicom:
      return LoadImageFolder(request, faults, report);
    case v1::DatasetMapping::kNpy:
      if (!MapsTable(*request.mapping)) return LoadNpyImages(request, faults, report);
      return LoadTable(request, faults, report);
    default:
      return LoadTable(request, faults, report);
  }
}

void WarnOfOneClass(const v1::DataSchema& schema, const TrainingRowFacts& facts, v1::DataReport& report) {
  if (!schema.target().has_category() || report.train_rows() == 0 || facts.targets_vary()) return;
  report.add_warnings(absl::StrCat("all ", report.train_rows(), " training rows have the same '",
                                   schema.target().name(), "': alone this site could learn nothing from them"));
}

void WarnOfUselessColumns(const v1::DataSchema& schema, const TrainingRowFacts& facts, v1::DataReport& report) {
  const std::vector<InputColumn> inputs = InputColumns(schema);
  for (const size_t column : facts.same()) {
    report.add_warnings(absl::StrCat(
        "column '", inputs[column].name,
        facts.IsMissing(column) ? "' is missing in every training row" : "' has the same value in every training row"));
  }
}

void AddWarnings(const v1::DataSchema& schema, JobData& data, v1::DataReport& report) {
  if (data.regression.size() > 0) return;  // what counts of its columns is what all sites have together
  if (!IsTable(schema)) {
    for (const float target : data.train.targets) data.facts.AddTarget(target);
  }
  WarnOfOneClass(schema, data.facts, report);
  if (!IsTable(schema)) {
    if (data.test.rows() == 0) report.add_warnings("no row is held out for testing");
    return;
  }
  WarnOfUselessColumns(schema, data.facts, report);
  const size_t columns = InputColumns(schema).size();
  if (report.train_rows() < columns) {
    report.add_warnings(absl::StrCat(report.train_rows(), " training rows for ", columns,
                                     " input columns: too few to learn much, and a model may remember single rows"));
  }
  if (report.test_rows() == 0) report.add_warnings("no row is held out for testing");
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

}  // namespace

absl::StatusOr<JobData> LoadJobData(const DataRequest& request, v1::DataReport& report) {
  report.set_no_persons(request.mapping->no_persons());
  const bool other = request.schema->has_series() || request.schema->has_text();
  if (!other && request.schema->has_image() == MapsTable(*request.mapping)) {
    return absl::InvalidArgumentError(request.schema->has_image()
                                          ? "the job needs images, but this data set is a table"
                                          : "the job needs a table, but this data set holds images");
  }
  FaultList contradictions;
  CheckMappingAgainstSchema(*request.mapping, *request.schema, contradictions);
  ACCORD_RETURN_IF_ERROR(contradictions.ToStatus());
  DataFaults faults(PlaceOf(*request.mapping));
  absl::StatusOr<JobData> data = Load(request, faults, report);
  faults.WriteTo(report);
  if (!data.ok()) return data;
  ACCORD_RETURN_IF_ERROR(Judge(request, faults, report));
  AddWarnings(*request.schema, *data, report);
  return data;
}

}  // namespace accord
