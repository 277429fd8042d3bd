// InspectData: a data set without a job.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/category_codes.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/folder_files.h"
#include "client/trainer/data/idx_source.h"
#include "client/trainer/data/image_folder.h"
#include "client/trainer/data/job_data.h"
#include "client/trainer/data/npy_file.h"
#include "client/trainer/data/opt_out.h"
#include "client/trainer/data/table_source.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

constexpr uint64_t kRowsBetweenProgress = 10'000;

absl::Status InspectIdx(const v1::IdxSource& source, uint64_t max_bytes, v1::DataReport& report) {
  ACCORD_ASSIGN_OR_RETURN(const IdxFile images, IdxFile::Open(source.images(), max_bytes));
  ACCORD_ASSIGN_OR_RETURN(const IdxFile labels, IdxFile::Open(source.labels(), max_bytes));
  report.set_rows(images.num_items());
  if (images.num_items() == labels.num_items()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(images.num_items(), " images, but ", labels.num_items(), " labels"));
}

// Counts the rows and the missing values of a table's columns.
class TableInspector {
 public:
  TableInspector(const v1::DatasetMapping& mapping, PersonFilter persons, DataFaults& faults)
      : faults_(faults), persons_(std::move(persons)), names_are_values_(mapping.has_csv()) {
    for (const std::string& text : mapping.missing()) missing_.Insert(text);
  }
  bool Begin(absl::Span<const std::string> names, uint64_t line) {
    persons_.Begin(names, line, faults_);
    // By position: the first line of a CSV file without a header would be values.
    const bool hide = names_are_values_ && line > 0;
    for (size_t i = 0; i < names.size(); ++i) names_.push_back(hide ? absl::StrCat("column ", i + 1) : names[i]);
    counts_.resize(names_.size());
    return !faults_.fatal();
  }
  // True when the row counts and can be read.
  bool Add(const TableRow& row) {
    ++seen_;
    const PersonFilter::Verdict verdict = persons_.Judge(row);
    if (verdict == PersonFilter::Verdict::kLeaveOut) return false;
    ++rows_;
    if (verdict == PersonFilter::Verdict::kUnknownPerson) persons_.AddUnknownPerson(row.line, faults_);
    if (row.fields.size() != names_.size()) {
      faults_.AddBadRow(row.line, "", absl::StrCat(row.fields.size(), " fields instead of ", names_.size()));
      return false;
    }
    for (size_t i = 0; i < names_.size(); ++i) counts_[i] += IsMissing(row, i) ? 1 : 0;
    return true;
  }
  uint64_t seen() const { return seen_; }
  uint64_t rows() const { return rows_; }
  void WriteTo(v1::DataReport& report) const {
    report.set_rows(rows_);
    persons_.WriteTo(report);
    for (size_t i = 0; i < names_.size(); ++i) {
      v1::ColumnReport& column = *report.add_columns();
      column.set_name(names_[i]);
      column.set_missing(counts_[i]);
    }
  }

 private:
  bool IsMissing(const TableRow& row, size_t field) const {
    switch (row.KindOf(field)) {
      case FieldKind::kNull:
        return true;
      case FieldKind::kNumber:
        return row.numbers[field] != row.numbers[field] || missing_.ContainsNumber(row.numbers[field]);
      case FieldKind::kText:
        return missing_.Contains(row.fields[field]);
      default:
        return false;
    }
  }

  DataFaults& faults_;
  PersonFilter persons_;
  const bool names_are_values_;
  TextSet missing_;
  std::vector<std::string> names_;
  std::vector<uint64_t> counts_;
  uint64_t seen_ = 0;
  uint64_t rows_ = 0;
};

// Sees to it that every file of a label table is there and says of itself that it is an image.
class FolderInspector {
 public:
  static absl::StatusOr<FolderInspector> Create(FolderSource files) {
    ACCORD_ASSIGN_OR_RETURN(FolderFiles folder, FolderFiles::Open(files.folder));
    return FolderInspector(std::move(folder), std::move(files));
  }
  void Begin(absl::Span<const std::string> names, uint64_t line, DataFaults& faults) {
    field_ = FieldOf(names, files_.columns.file, line, faults);
  }
  void Add(const TableRow& row, DataFaults& faults) const {
    const std::string& file = row.fields[field_];
    const absl::StatusOr<std::string> bytes = folder_.Read(file, kMaxImageFileBytes);
    const absl::Status status = bytes.ok() ? files_.check(*bytes) : bytes.status();
    if (!status.ok()) faults.AddBadFile(row.line, file, status.message());
  }

 private:
  FolderInspector(FolderFiles folder, FolderSource files) : folder_(std::move(folder)), files_(std::move(files)) {}
  FolderFiles folder_;
  FolderSource files_;
  size_t field_ = 0;
};

class Inspection {
 public:
  Inspection(const DataRequest& request, TableInspector& table, DataFaults& faults)
      : request_(request), table_(table), faults_(faults) {}

  absl::Status Run() {
    const v1::DatasetMapping& mapping = *request_.mapping;
    if (MapsTable(mapping)) return ReadTable(request_, faults_, Visitor(nullptr));
    if (MapsFolder(mapping)) {
      FolderSource files = FolderSourceOf(mapping);
      const std::string labels = files.labels;
      ACCORD_ASSIGN_OR_RETURN(FolderInspector folder, FolderInspector::Create(std::move(files)));
      return ReadCsvTable(labels, request_.max_bytes, faults_, Visitor(&folder));
    }
    ACCORD_ASSIGN_OR_RETURN(const NpyFile array, NpyFile::Open(mapping.npy().array(), request_.max_bytes));
    ACCORD_RETURN_IF_ERROR(ReadCsvTable(mapping.npy().labels(), request_.max_bytes, faults_, Visitor(nullptr)));
    if (!mapping.npy().masks().empty()) {
      ACCORD_ASSIGN_OR_RETURN(const NpyFile masks, NpyFile::Open(mapping.npy().masks(), request_.max_bytes));
      if (masks.num_rows() != array.num_rows()) {
        faults_.AddFatal(0, "", "the array of masks does not have as many rows as the array");
      }
    }
    if (table_.seen() != array.num_rows()) {
      faults_.AddFatal(0, "", "the label table does not have as many rows as the array");
    }
    return absl::OkStatus();
  }

 private:
  TableVisitor Visitor(FolderInspector* folder) {
    return {[this, folder](absl::Span<const std::string> names, uint64_t line) {
              if (folder != nullptr) folder->Begin(names, line, faults_);
              return table_.Begin(names, line);
            },
            [this, folder](const TableRow& row, const TablePosition& position) {
              const bool counts = table_.Add(row);
              if (counts && folder != nullptr) folder->Add(row, faults_);
              const bool tell = folder != nullptr || table_.seen() % kRowsBetweenProgress == 0;
              if (tell && request_.progress) request_.progress(position.done, position.total);
              return true;
            }};
  }
  const DataRequest& request_;
  TableInspector& table_;
  DataFaults& faults_;
};

}  // namespace

absl::Status InspectData(const DataRequest& request, v1::DataReport& report) {
  report.set_no_persons(request.mapping->no_persons());
  DataFaults faults(PlaceOf(*request.mapping));
  absl::StatusOr<PersonFilter> persons = PersonFilter::Create(*request.mapping, request.opt_out_list, faults);
  if (!persons.ok()) return persons.status();
  if (request.mapping->has_idx()) return InspectIdx(request.mapping->idx(), request.max_bytes, report);
  TableInspector table(*request.mapping, *std::move(persons), faults);
  if (!faults.fatal()) ACCORD_RETURN_IF_ERROR(Inspection(request, table, faults).Run());
  table.WriteTo(report);
  faults.WriteTo(report);
  if (table.rows() > 0 || faults.fatal()) return absl::OkStatus();
  return absl::InvalidArgumentError("the data set has no rows");
}

}  // namespace accord
