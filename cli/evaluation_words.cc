#include "cli/evaluation_words.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "aggregation/evaluation/best_round.h"
#include "base/printable.h"
#include "cli/numbers.h"
#include "cli/terminal_text.h"

namespace accord {
namespace {

constexpr char kWithheld[] = "withheld";
constexpr size_t kMostCellWidth = 30;

std::string Figure(bool has, const std::string& text) { return has ? text : "-"; }

TextTable MatrixTable(const v1::ConfusionMatrix& matrix, uint32_t minimum_cell) {
  TextTable table = {"Confusion matrix: held-out rows by class, and what the model took them for", {"Class"}, {}, ""};
  for (const std::string& name : matrix.classes()) table.headings.push_back(absl::StrCat("taken for ", name));
  const int classes = matrix.classes_size();
  if (matrix.rows_size() != classes * classes) {
    table.headings.clear();
    table.remark = absl::StrCat("Withheld: a cell has fewer than ", minimum_cell,
                                " rows, and with the accuracy each cell tells the others.");
    return table;
  }
  for (int i = 0; i < classes; ++i) {
    std::vector<std::string> cells = {matrix.classes(i)};
    for (int j = 0; j < classes; ++j) {
      const int64_t rows = matrix.rows(i * classes + j);
      cells.push_back(rows < 0 ? kWithheld : CountInWords(static_cast<uint64_t>(rows)));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

struct GroupColumn {
  const char* heading;
  std::function<bool(const v1::GroupMetrics&)> has;
  std::function<std::string(const v1::GroupMetrics&)> text;
};

const std::vector<GroupColumn>& GroupColumns() {
  using Group = v1::GroupMetrics;
  static const auto& columns = *new std::vector<GroupColumn>{
      {"Loss", [](const Group& g) { return g.has_loss(); }, [](const Group& g) { return MetricInDigits(g.loss()); }},
      {"Squared error", [](const Group& g) { return g.has_mse(); },
       [](const Group& g) { return MetricInDigits(g.mse()); }},
      {"Accuracy", [](const Group& g) { return g.has_accuracy(); },
       [](const Group& g) { return ShareInPercent(g.accuracy()); }},
      {"AUC", [](const Group& g) { return g.has_auc(); }, [](const Group& g) { return AucInDigits(g.auc()); }},
      {"Avg. precision", [](const Group& g) { return g.has_average_precision(); },
       [](const Group& g) { return AucInDigits(g.average_precision()); }},
      {"Prevalence", [](const Group& g) { return g.has_prevalence(); },
       [](const Group& g) { return ShareInPercent(g.prevalence()); }},
      {"Predicted", [](const Group& g) { return g.has_predicted_share(); },
       [](const Group& g) { return ShareInPercent(g.predicted_share()); }},
      {"Sensitivity", [](const Group& g) { return g.has_sensitivity(); },
       [](const Group& g) { return ShareInPercent(g.sensitivity()); }},
      {"Specificity", [](const Group& g) { return g.has_specificity(); },
       [](const Group& g) { return ShareInPercent(g.specificity()); }},
  };
  return columns;
}

TextTable SubgroupTable(const v1::SubgroupMetrics& subgroup, uint32_t minimum_cell) {
  TextTable table = {absl::StrCat("By ", subgroup.column()), {subgroup.column(), "Rows"}, {}, ""};
  std::vector<const GroupColumn*> shown;
  for (const GroupColumn& column : GroupColumns()) {
    if (!std::any_of(subgroup.groups().begin(), subgroup.groups().end(), column.has)) continue;
    shown.push_back(&column);
    table.headings.push_back(column.heading);
  }
  bool withholds = false;
  for (const v1::GroupMetrics& group : subgroup.groups()) {
    std::vector<std::string> cells = {group.level(), group.withheld() ? kWithheld : CountInWords(group.rows())};
    for (const GroupColumn* column : shown) cells.push_back(Figure(column->has(group), column->text(group)));
    table.rows.push_back(std::move(cells));
    withholds = withholds || group.withheld();
  }
  if (withholds) {
    table.remark = absl::StrCat("Withheld: fewer than ", minimum_cell,
                                " rows (of a class), or what such a cell would follow from.");
  }
  return table;
}

std::string GainBinInWords(const v1::LocalGains::Bin& bin) {
  if (!bin.has_from()) return absl::StrFormat("below %.4g", bin.below());
  if (!bin.has_below()) return absl::StrFormat("%.4g and more", bin.from());
  return absl::StrFormat("%.4g to below %.4g", bin.from(), bin.below());
}

TextTable GainTable(const v1::LocalGains& gains) {
  TextTable table = {"What sites gain by the federation", {}, {}, ""};
  const std::string what =
      absl::StrCat("Gain: how much better the common model's ", MetricInWords(gains.metric()),
                   " is on a site's held-out rows than that of the model which the site trained alone. ");
  if (gains.bins().empty()) {
    table.remark = absl::StrCat(what, "Withheld: ", gains.withheld(), ".");
    return table;
  }
  table.headings = {"Gain", "Sites"};
  for (const v1::LocalGains::Bin& bin : gains.bins()) {
    table.rows.push_back({GainBinInWords(bin), CountInWords(bin.sites())});
  }
  table.remark = absl::StrCat(what, "Bins are joined until each has ", gains.minimum_sites(), " sites; of ",
                              gains.sites(), " in the sum. Each site sees its own with accord-client gain.");
  return table;
}

std::string TableText(const TextTable& table) {
  std::string text = absl::StrCat("\n", Printable(table.title), "\n");
  std::vector<size_t> widths(table.headings.size());
  const auto widen = [&widths](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::min(kMostCellWidth, std::max(widths[i], Printable(cells[i]).size()));
    }
  };
  widen(table.headings);
  for (const auto& row : table.rows) widen(row);
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string words;
    for (size_t i = 0; i < cells.size(); ++i) {
      absl::StrAppend(&words, "  ", Padded(Printable(cells[i]), widths[i]));
    }
    absl::StrAppend(&text, words.substr(0, words.find_last_not_of(' ') + 1), "\n");
  };
  if (!table.headings.empty()) line(table.headings);
  for (const auto& row : table.rows) line(row);
  if (!table.remark.empty()) absl::StrAppend(&text, "  ", table.remark, "\n");
  return text;
}

}  // namespace

std::string EvaluationInWords(const v1::JobSpec& spec) {
  const v1::Evaluation& evaluation = spec.evaluation();
  std::vector<std::string> parts;
  if (evaluation.has_calibration()) parts.push_back("calibration");
  if (evaluation.confusion_matrix()) parts.push_back("a confusion matrix");
  if (!evaluation.subgroups().empty()) {
    std::vector<std::string> columns;
    for (const v1::Subgroup& subgroup : evaluation.subgroups()) columns.push_back(subgroup.column());
    parts.push_back(absl::StrCat("subgroups by ", absl::StrJoin(columns, ", ")));
  }
  std::string words = absl::StrJoin(parts, ", ");
  if (!words.empty()) {
    absl::StrAppend(&words, "; cells of fewer than ", evaluation.minimum_cell(), " rows are not shown in reports");
  }
  if (evaluation.has_local_gain()) {
    const v1::LocalGain& gain = evaluation.local_gain();
    absl::StrAppend(&words, words.empty() ? "" : "; ",
                    "each site trains a model alone as well and sees what it gains in ", MetricInWords(gain.metric()),
                    ", of which reports show how many sites are in ", gain.bins_size() + 1, " bins, if at least ",
                    gain.minimum_sites(), " are");
  }
  if (!ChoosesByMetric(spec)) return words;
  const std::string metric = MetricInWords(evaluation.metric());
  const char* direction = MoreIsBetter(evaluation.metric()) ? "highest" : "lowest";
  const bool best = evaluation.keep() == v1::Evaluation::BEST;
  absl::StrAppend(&words, words.empty() ? "" : "; ",
                  best ? absl::StrCat("keeps the model of the round with the ", direction, " ", metric)
                       : "keeps the last round's model");
  if (evaluation.has_stop_early()) {
    const v1::StopEarly& stop = evaluation.stop_early();
    absl::StrAppend(&words, "; stops once ", Plural(stop.patience_rounds(), "round"), " did not improve the ", metric,
                    stop.minimum_improvement() > 0 ? absl::StrCat(" by more than ", stop.minimum_improvement()) : "");
  }
  return words;
}

std::vector<std::pair<std::string, std::string>> MetricFigures(const v1::JobReport& report) {
  const v1::Metrics& metrics = report.final_metrics();
  std::vector<std::pair<std::string, std::string>> figures;
  const auto add = [&figures](bool has, const char* name, const std::string& figure) {
    if (has) figures.emplace_back(name, figure);
  };
  add(metrics.has_test_accuracy(), "Accuracy", ShareInPercent(metrics.test_accuracy()));
  const auto& levels = report.spec().data().target().mask().levels();
  for (int i = 0; i < metrics.test_dice_size() && i < levels.size(); ++i) {
    figures.emplace_back("Dice", absl::StrCat(AucInDigits(metrics.test_dice(i)), " of ", levels[i]));
  }
  add(metrics.has_test_auc(), "AUC", AucInDigits(metrics.test_auc()));
  add(metrics.has_test_average_precision(), "Avg. precision", AucInDigits(metrics.test_average_precision()));
  add(metrics.has_test_mse(), "Squared error", MetricInDigits(metrics.test_mse()));
  add(metrics.has_test_brier(), "Brier score", MetricInDigits(metrics.test_brier()));
  add(metrics.has_test_calibration_error(), "Calibr. error", MetricInDigits(metrics.test_calibration_error()));
  if (metrics.has_test_calibration_slope()) {
    figures.emplace_back("Calibration", absl::StrFormat("slope %.3f, intercept %.3f", metrics.test_calibration_slope(),
                                                        metrics.test_calibration_intercept()));
  }
  return figures;
}

std::vector<TextTable> DetailTables(const v1::JobReport& report) {
  std::vector<TextTable> tables;
  const v1::MetricsDetail& detail = report.final_metrics().detail();
  const uint32_t minimum_cell = report.spec().evaluation().minimum_cell();
  if (detail.has_confusion()) tables.push_back(MatrixTable(detail.confusion(), minimum_cell));
  for (const v1::SubgroupMetrics& subgroup : detail.subgroups()) {
    tables.push_back(SubgroupTable(subgroup, minimum_cell));
  }
  if (report.final_metrics().has_local_gains()) tables.push_back(GainTable(report.final_metrics().local_gains()));
  return tables;
}

std::string DetailText(const v1::JobReport& report) {
  std::string text;
  for (const TextTable& table : DetailTables(report)) absl::StrAppend(&text, TableText(table));
  return text;
}

}  // namespace accord
