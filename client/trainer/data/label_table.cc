#include "client/trainer/data/label_table.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/opt_out.h"
#include "client/trainer/data/table_source.h"

namespace accord {
namespace {

constexpr uint64_t kRowsBetweenTexts = 1000;  // and signs of life

class LabelReader {
 public:
  // `content`: what takes the rows; without it they are kept.
  LabelReader(const DataRequest& request, const LabelColumns& columns, RowContent* content, SplitRule split,
              PersonFilter persons, DataFaults& faults)
      : columns_(columns), content_(content), faults_(faults), split_(std::move(split)), persons_(std::move(persons)) {
    if (request.schema->target().has_mask()) return;
    target_ = ColumnReader::ForTarget(request.schema->target(), *request.mapping);
  }

  bool Begin(absl::Span<const std::string> names, uint64_t line) {
    num_columns_ = names.size();
    if (target_.has_value()) target_->Place(names, line, faults_);
    if (!columns_.file.empty()) file_field_ = FieldOf(names, columns_.file, line, faults_);
    if (!columns_.mask.empty()) mask_field_ = FieldOf(names, columns_.mask, line, faults_);
    if (content_ != nullptr) content_->Begin(names, line, faults_);
    persons_.Begin(names, line, faults_);
    return !faults_.fatal();
  }
  void Add(const TableRow& row) {
    const uint64_t index = table_.num_rows++;
    const RowSet set = split_.SetOf(row.line);
    const PersonFilter::Verdict verdict = persons_.Judge(row);
    if (verdict == PersonFilter::Verdict::kLeaveOut) return;
    ++num_counted_;
    if (set == RowSet::kUnused) return;
    if (verdict == PersonFilter::Verdict::kUnknownPerson) return persons_.AddUnknownPerson(row.line, faults_);
    if (row.fields.size() != num_columns_) {
      return faults_.AddBadRow(row.line, "", absl::StrCat(row.fields.size(), " fields instead of ", num_columns_));
    }
    double target = 0;
    if (target_.has_value()) {
      const ColumnReader::Cell cell = target_->Read(row, faults_, target);
      if (cell == ColumnReader::Cell::kMissing) ++num_without_target_;
      if (cell != ColumnReader::Cell::kValue) return;
    }
    std::string file = columns_.file.empty() ? "" : row.fields[file_field_];
    if (!columns_.file.empty() && !files_.insert(file).second) {
      return faults_.AddBadFile(row.line, file, "the same file a second time");
    }
    std::string mask = columns_.mask.empty() ? "" : row.fields[mask_field_];
    LabelRow label = {index, row.line, set, static_cast<float>(target), std::move(file), std::move(mask)};
    if (content_ != nullptr) return content_->Take(row, label, faults_);
    table_.rows.push_back(std::move(label));
  }
  LabelTable Finish(v1::DataReport& report) {
    report.set_rows(num_counted_);
    persons_.WriteTo(report);
    if (target_.has_value()) target_->WriteTo(report);
    if (num_without_target_ > 0) {
      report.add_warnings(absl::StrCat(num_without_target_, " rows have no '", target_->name(), "' and are left out"));
    }
    return std::move(table_);
  }

 private:
  const LabelColumns& columns_;
  RowContent* const content_;
  DataFaults& faults_;
  SplitRule split_;
  PersonFilter persons_;
  std::optional<ColumnReader> target_;
  size_t num_columns_ = 0;
  size_t file_field_ = 0;
  size_t mask_field_ = 0;
  uint64_t num_counted_ = 0;
  uint64_t num_without_target_ = 0;
  absl::flat_hash_set<std::string> files_;
  LabelTable table_;
};

absl::StatusOr<LabelReader> MakeReader(const DataRequest& request, const LabelColumns& columns, RowContent* content,
                                       DataFaults& faults) {
  ACCORD_ASSIGN_OR_RETURN(SplitRule split, SplitRule::Create(*request.mapping, request.seed, request.site, faults));
  ACCORD_ASSIGN_OR_RETURN(PersonFilter persons, PersonFilter::Create(*request.mapping, request.opt_out_list, faults));
  return LabelReader(request, columns, content, std::move(split), std::move(persons), faults);
}

}  // namespace

absl::StatusOr<LabelTable> ReadLabels(const DataRequest& request, const std::string& path, const LabelColumns& columns,
                                      DataFaults& faults, v1::DataReport& report) {
  ACCORD_ASSIGN_OR_RETURN(LabelReader reader, MakeReader(request, columns, nullptr, faults));
  if (faults.fatal()) return LabelTable();
  const TableVisitor visitor = {
      [&](absl::Span<const std::string> names, uint64_t line) { return reader.Begin(names, line); },
      [&](const TableRow& row, const TablePosition&) {
        reader.Add(row);
        return true;
      }};
  ACCORD_RETURN_IF_ERROR(Annotate(ReadCsvTable(path, request.max_bytes, faults, visitor), "the label table"));
  return reader.Finish(report);
}

absl::Status ReadContent(const DataRequest& request, RowContent& content, DataFaults& faults, v1::DataReport& report) {
  const LabelColumns none;
  ACCORD_ASSIGN_OR_RETURN(LabelReader reader, MakeReader(request, none, &content, faults));
  if (faults.fatal()) return absl::OkStatus();
  uint64_t rows = 0;
  const TableVisitor visitor = {
      [&](absl::Span<const std::string> names, uint64_t line) { return reader.Begin(names, line); },
      [&](const TableRow& row, const TablePosition& position) {
        reader.Add(row);
        if (++rows % kRowsBetweenTexts == 0 && request.progress) request.progress(position.done, position.total);
        return true;
      }};
  ACCORD_RETURN_IF_ERROR(ReadTable(request, faults, visitor));
  reader.Finish(report);
  return absl::OkStatus();
}

}  // namespace accord
