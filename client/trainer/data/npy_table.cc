#include "client/trainer/data/npy_table.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/npy_file.h"

namespace accord {
namespace {

// Puts a row of the array before each row of the label table.
class Joiner {
 public:
  Joiner(NpyFile array, DataFaults& faults, const TableVisitor& visitor)
      : array_(std::move(array)), faults_(faults), visitor_(visitor), columns_(array_.row_elements()) {}

  bool Begin(const v1::NpySource& source, absl::Span<const std::string> labels, uint64_t line) {
    std::vector<std::string> names(source.header().begin(), source.header().end());
    names.insert(names.end(), labels.begin(), labels.end());
    return visitor_.on_names(names, line);
  }
  bool Add(const TableRow& labels, const TablePosition& position) {
    if (num_rows_ == array_.num_rows()) {
      faults_.AddFatal(labels.line, "", "the label table has more rows than the array");
      return false;
    }
    const size_t size = columns_ + labels.fields.size();
    fields_.resize(size);
    kinds_.assign(size, FieldKind::kText);
    numbers_.resize(size);
    std::fill_n(kinds_.begin(), columns_, FieldKind::kNumber);
    std::copy(labels.fields.begin(), labels.fields.end(), fields_.begin() + static_cast<ptrdiff_t>(columns_));
    status_ = array_.Read(num_rows_, absl::MakeSpan(numbers_).first(columns_));
    if (!status_.ok()) return false;
    ++num_rows_;
    return visitor_.on_row({labels.line, fields_, kinds_, numbers_}, position);
  }
  const absl::Status& status() const { return status_; }
  bool rows_left() const { return num_rows_ < array_.num_rows(); }

 private:
  NpyFile array_;
  DataFaults& faults_;
  const TableVisitor& visitor_;
  const size_t columns_;
  uint64_t num_rows_ = 0;
  absl::Status status_;
  // Of the current row; kept so that their memory is used again.
  std::vector<std::string> fields_;
  std::vector<FieldKind> kinds_;
  std::vector<double> numbers_;
};

}  // namespace

absl::Status ReadNpyTable(const v1::NpySource& source, uint64_t max_bytes, DataFaults& faults,
                          const TableVisitor& visitor) {
  ACCORD_ASSIGN_OR_RETURN(NpyFile array, NpyFile::Open(source.array(), max_bytes));
  if (array.shape().size() != 2 || array.row_elements() != static_cast<uint64_t>(source.header_size())) {
    return absl::InvalidArgumentError(absl::StrCat(source.array(),
                                                   " does not have two dimensions and a column for each of the ",
                                                   source.header_size(), " names in npy.header"));
  }
  Joiner joiner(std::move(array), faults, visitor);
  bool stopped = false;
  const TableVisitor join = {
      [&](absl::Span<const std::string> names, uint64_t line) { return joiner.Begin(source, names, line); },
      [&](const TableRow& row, const TablePosition& position) {
        stopped = !joiner.Add(row, position);
        return !stopped;
      }};
  ACCORD_RETURN_IF_ERROR(ReadCsvTable(source.labels(), max_bytes, faults, join));
  ACCORD_RETURN_IF_ERROR(joiner.status());
  if (!stopped && !faults.fatal() && joiner.rows_left()) {
    faults.AddFatal(0, "", "the label table ends before the array does");
  }
  return absl::OkStatus();
}

}  // namespace accord
