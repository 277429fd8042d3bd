// What was measured of the job's own model beyond the headline, and which round's model that is.
#include "absl/strings/str_cat.h"
#include "aggregation/evaluation/best_round.h"
#include "cli/evaluation_words.h"
#include "cli/numbers.h"
#include "cli/report/sections.h"

namespace accord {
namespace {

void AddTable(const TextTable& table, Markup& markup) {
  markup.Element("h3", table.title);
  if (!table.headings.empty()) {
    markup.Open("div", {{"class", "scroll"}}).Open("table").Open("thead").Open("tr");
    for (size_t i = 0; i < table.headings.size(); ++i) {
      markup.Element("th", table.headings[i], {{"class", i == 0 ? "" : "number"}});
    }
    markup.Close().Close().Open("tbody");
    for (const auto& row : table.rows) {
      markup.Open("tr");
      for (size_t i = 0; i < row.size(); ++i) markup.Element("td", row[i], {{"class", i == 0 ? "" : "number"}});
      markup.Close();
    }
    markup.Close().Close().Close();
  }
  if (!table.remark.empty()) markup.Element("p", table.remark, {{"class", "soft"}});
}

std::string ChoiceInWords(const v1::JobReport& report) {
  const v1::BestRound& best = report.best();
  const std::string metric = MetricInWords(report.spec().evaluation().metric());
  std::string words;
  if (best.round() > 0) {
    words = absl::StrCat("Best by ", metric, report.kept_round() == 0 ? " so far" : "", ": the model of round ",
                         best.round(), ", with ", MetricInDigits(best.value()), ". ");
  }
  if (report.kept_round() > 0) absl::StrAppend(&words, "The job's model is that of round ", report.kept_round(), ". ");
  if (report.stopped_after() > 0) {
    absl::StrAppend(&words, "Training was stopped early, after round ", report.stopped_after(), " of ",
                    report.rounds_total(), ".");
  }
  return words;
}

}  // namespace

void AddEvaluation(const v1::JobReport& report, Markup& markup) {
  const std::vector<TextTable> tables = DetailTables(report);
  const std::string choice = ChoosesByMetric(report.spec()) ? ChoiceInWords(report) : "";
  const auto figures = MetricFigures(report);
  if (tables.empty() && choice.empty() && figures.empty()) return;
  markup.Element("h2", "Evaluation of the job's model");
  if (!choice.empty()) markup.Element("p", choice);
  if (!figures.empty()) {
    markup.Open("div", {{"class", "scroll"}}).Open("table").Open("tbody");
    for (const auto& [name, figure] : figures) {
      markup.Open("tr").Element("td", name).Element("td", figure, {{"class", "number"}}).Close();
    }
    markup.Close().Close().Close();
  }
  for (const TextTable& table : tables) AddTable(table, markup);
}

}  // namespace accord
