#include "client/trainer/data/label_table.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/column_reader.h"
#include "client/trainer/data/opt_out.h"
#include "client/trainer/data/table_source.h"

namespace accord {
namespace {

class LabelReader {
 public:
  LabelReader(const DataRequest& request, const std::string& file_column, SplitRule split, PersonFilter persons,
              DataFaults& faults)
      : file_column_(file_column),
        faults_(faults),
        split_(std::move(split)),
        persons_(std::move(persons)),
        target_(ColumnReader::ForTarget(request.schema->target(), *request.mapping)) {}

  bool Begin(absl::Span<const std::string> names, uint64_t line) {
    num_columns_ = names.size();
    target_.Place(names, line, faults_);
    if (!file_column_.empty()) file_field_ = FieldOf(names, file_column_, line, faults_);
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
    const ColumnReader::Cell cell = target_.Read(row, faults_, target);
    if (cell == ColumnReader::Cell::kMissing) ++num_without_target_;
    if (cell != ColumnReader::Cell::kValue) return;
    std::string file = file_column_.empty() ? "" : row.fields[file_field_];
    if (!file_column_.empty() && !files_.insert(file).second) {
      return faults_.AddBadFile(row.line, file, "the same file a second time");
    }
    table_.rows.push_back({index, row.line, set, static_cast<float>(target), std::move(file)});
  }
  LabelTable Finish(v1::DataReport& report) {
    report.set_rows(num_counted_);
    persons_.WriteTo(report);
    target_.WriteTo(report);
    if (num_without_target_ > 0) {
      report.add_warnings(absl::StrCat(num_without_target_, " rows have no '", target_.name(), "' and are left out"));
    }
    return std::move(table_);
  }

 private:
  const std::string& file_column_;
  DataFaults& faults_;
  SplitRule split_;
  PersonFilter persons_;
  ColumnReader target_;
  size_t num_columns_ = 0;
  size_t file_field_ = 0;
  uint64_t num_counted_ = 0;
  uint64_t num_without_target_ = 0;
  absl::flat_hash_set<std::string> files_;
  LabelTable table_;
};

}  // namespace

absl::StatusOr<LabelTable> ReadLabels(const DataRequest& request, const std::string& path,
                                      const std::string& file_column, DataFaults& faults, v1::DataReport& report) {
  ACCORD_ASSIGN_OR_RETURN(SplitRule split, SplitRule::Create(*request.mapping, request.seed, request.site, faults));
  ACCORD_ASSIGN_OR_RETURN(PersonFilter persons, PersonFilter::Create(*request.mapping, request.opt_out_list, faults));
  if (faults.fatal()) return LabelTable();
  LabelReader reader(request, file_column, std::move(split), std::move(persons), faults);
  const TableVisitor visitor = {
      [&](absl::Span<const std::string> names, uint64_t line) { return reader.Begin(names, line); },
      [&](const TableRow& row, const TablePosition&) {
        reader.Add(row);
        return true;
      }};
  ACCORD_RETURN_IF_ERROR(Annotate(ReadCsvTable(path, request.max_bytes, faults, visitor), "the label table"));
  return reader.Finish(report);
}

}  // namespace accord
