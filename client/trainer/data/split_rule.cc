#include "client/trainer/data/split_rule.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/csv_reader.h"

namespace accord {
namespace {

constexpr uint64_t kMaxSplitFileBytes = uint64_t{1} << 30;
constexpr int kAbsent = -1;

struct SplitColumns {
  int line = kAbsent;
  int set = kAbsent;
  int where = kAbsent;
};

int IndexOf(absl::Span<const std::string> header, const std::string& name) {
  const auto found = std::find(header.begin(), header.end(), name);
  return found == header.end() ? kAbsent : static_cast<int>(found - header.begin());
}

std::string OrDefault(const std::string& text, const char* default_text) { return text.empty() ? default_text : text; }

RowSet SetNamed(const std::string& name) {
  if (name == "train") return RowSet::kTrain;
  return name == "test" ? RowSet::kTest : RowSet::kUnused;
}

}  // namespace

absl::StatusOr<SplitRule> SplitRule::Create(const v1::DatasetMapping& mapping, uint64_t seed, const std::string& site,
                                            DataFaults& faults) {
  SplitRule rule(RandomStream({seed, site, 0, "split"}));
  if (mapping.split().kind_case() == v1::Split::kTestFraction) rule.test_fraction_ = mapping.split().test_fraction();
  if (mapping.split().has_file()) {
    rule.by_file_ = true;
    ACCORD_RETURN_IF_ERROR(Annotate(rule.ReadSets(mapping.split().file(), faults), "split"));
  }
  return rule;
}

absl::Status SplitRule::ReadSets(const v1::SplitFile& file, DataFaults& faults) {
  const std::string line_column = OrDefault(file.line_column(), "line");
  const std::string set_column = OrDefault(file.set_column(), "set");
  DataFaults own;  // lines of the split file, not of the data file
  SplitColumns columns;
  bool header_read = false;
  const auto on_row = [&](const TableRow& row, const TablePosition&) {
    if (!header_read) {
      header_read = true;
      columns = {IndexOf(row.fields, line_column), IndexOf(row.fields, set_column),
                 IndexOf(row.fields, file.where_column())};
      if (columns.line == kAbsent) own.AddFatal(row.line, line_column, "no such column in the header line");
      if (columns.set == kAbsent) own.AddFatal(row.line, set_column, "no such column in the header line");
      if (!file.where_column().empty() && columns.where == kAbsent) {
        own.AddFatal(row.line, file.where_column(), "no such column in the header line");
      }
      return !own.fatal();
    }
    const int widest = std::max({columns.line, columns.set, columns.where});
    uint64_t line;
    if (static_cast<int>(row.fields.size()) <= widest) {
      own.AddFatal(row.line, "", "too few fields");
    } else if (columns.where != kAbsent && row.fields[static_cast<size_t>(columns.where)] != file.where_value()) {
      return true;
    } else if (!absl::SimpleAtoi(row.fields[static_cast<size_t>(columns.line)], &line) || line == 0) {
      own.AddFatal(row.line, line_column, "not a line number (1, 2, ...)");
    } else if (!sets_.emplace(line, SetNamed(row.fields[static_cast<size_t>(columns.set)])).second) {
      own.AddFatal(row.line, line_column, "the same line a second time");
    }
    return !own.fatal();
  };
  ACCORD_RETURN_IF_ERROR(ReadCsv({file.file(), ',', kMaxSplitFileBytes}, own, on_row));
  if (!own.fatal() && sets_.empty()) own.AddFatal(0, "", "names no line of this data set");
  if (own.fatal()) faults.AddFatal(0, "", absl::StrCat("the split file: ", own.First()));
  return absl::OkStatus();
}

RowSet SplitRule::SetOf(uint64_t line) {
  if (by_file_) {
    const auto found = sets_.find(line);
    return found == sets_.end() ? RowSet::kUnused : found->second;
  }
  return stream_.NextDouble() < test_fraction_ ? RowSet::kTest : RowSet::kTrain;
}

std::optional<double> SplitRule::train_share() const {
  return by_file_ ? std::nullopt : std::optional<double>(1 - test_fraction_);
}

}  // namespace accord
