#include "cli/report/demonstration_table.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "base/printable.h"
#include "cli/numbers.h"
#include "cli/terminal_text.h"

namespace accord {
namespace {

constexpr size_t kNameWidth = 16;
constexpr size_t kScoreWidth = 11;

using Score = std::optional<double> DemonstrationScore::*;

struct Column {
  const char* heading;
  Score score;
  std::string (*in_words)(double);
};

std::string Cell(const std::string& text) { return Padded(text, kScoreWidth); }

std::array<const DemonstrationScore*, 3> Models(const DemonstrationRow& row) {
  return {&row.alone, &row.federated, &row.pooled};
}

std::vector<Column> ColumnsOf(const Demonstration& demonstration) {
  const bool regression = demonstration.weighted.federated.mse || demonstration.weighted.pooled.mse;
  if (regression) return {{"squared error", &DemonstrationScore::mse, MetricInDigits}};
  return {{"accuracy", &DemonstrationScore::accuracy, ShareInPercent}, {"AUC", &DemonstrationScore::auc, AucInDigits}};
}

std::string Line(const std::string& name, const DemonstrationRow& row, const std::vector<Column>& columns) {
  std::string line = absl::StrCat(Padded(Printable(name), kNameWidth - 1), " ");
  for (const Column& column : columns) {
    for (const DemonstrationScore* model : Models(row)) {
      const std::optional<double>& score = model->*column.score;
      absl::StrAppend(&line, Cell(score ? column.in_words(*score) : "-"));
    }
  }
  return line + "\n";
}

}  // namespace

std::string DemonstrationTable(const Demonstration& demonstration) {
  const std::vector<Column> columns = ColumnsOf(demonstration);
  std::string table = Padded("", kNameWidth);
  for (const Column& column : columns) absl::StrAppend(&table, Padded(column.heading, 3 * kScoreWidth));
  absl::StrAppend(&table, "\n", Padded("hospital", kNameWidth));
  for (size_t i = 0; i < columns.size(); ++i) absl::StrAppend(&table, Cell("alone"), Cell("federated"), Cell("pooled"));
  absl::StrAppend(&table, "\n");
  for (const DemonstrationRow& row : demonstration.hospitals) {
    absl::StrAppend(&table, Line(row.hospital, row, columns));
  }
  absl::StrAppend(&table, Line("weighted", demonstration.weighted, columns));
  absl::StrAppend(&table, "demonstration only: computed beside the federation, from files that this machine owns\n");
  if (demonstration.synthetic) absl::StrAppend(&table, "the rows are SYNTHETIC: made by a generator, of no patient\n");
  return table;
}

}  // namespace accord
