// Each hospital alone, federated and pooled: a comparison that only somebody who owns all files can make.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/numbers.h"
#include "cli/report/sections.h"

namespace accord {
namespace {

// One figure of the three models, side by side.
struct Figure {
  std::string heading;
  std::optional<double> DemonstrationScore::*member;
  std::string (*in_words)(double);
  bool more_is_better;
};

void AddScores(const Figure& figure, const DemonstrationRow& row, Markup& markup) {
  const std::optional<double> scores[] = {row.alone.*figure.member, row.federated.*figure.member,
                                          row.pooled.*figure.member};
  std::optional<double> best;
  for (const auto& score : scores) {
    if (!score) continue;
    if (!best || (figure.more_is_better ? *score > *best : *score < *best)) best = score;
  }
  for (const auto& score : scores) {
    const std::string text = score ? figure.in_words(*score) : "-";
    const bool is_best = score && best && *score == *best;
    markup.Element("td", text, {{"class", is_best ? "number best" : "number"}});
  }
}

void AddRow(const DemonstrationRow& row, const std::vector<Figure>& figures, bool total, Markup& markup) {
  markup.Open("tr", {{"class", total ? "total" : ""}});
  markup.Element("td", total ? "All, weighted by held-out rows" : row.hospital);
  markup.Element("td", total ? "" : CountInWords(row.train_rows), {{"class", "number"}});
  markup.Element("td", total ? "" : CountInWords(row.test_rows), {{"class", "number"}});
  for (const Figure& figure : figures) AddScores(figure, row, markup);
  markup.Close();
}

// The figures that anybody has.
std::vector<Figure> FiguresOf(const Demonstration& demonstration) {
  std::vector<Figure> figures = {{"Accuracy", &DemonstrationScore::accuracy, ShareInPercent, true},
                                 {"AUC", &DemonstrationScore::auc, AucInDigits, true},
                                 {"Squared error", &DemonstrationScore::mse, MetricInDigits, false}};
  std::erase_if(figures, [&](const Figure& figure) {
    const auto has = [&](const DemonstrationRow& row) {
      return row.alone.*figure.member || row.federated.*figure.member || row.pooled.*figure.member;
    };
    return !has(demonstration.weighted) &&
           std::none_of(demonstration.hospitals.begin(), demonstration.hospitals.end(), has);
  });
  return figures;
}

// Two lines: the figures, and below each the three models.
void AddHeadings(const std::vector<Figure>& figures, Markup& markup) {
  markup.Open("thead").Open("tr");
  markup.Element("th", "Hospital", {{"rowspan", "2"}});
  markup.Element("th", "Training rows", {{"rowspan", "2"}, {"class", "number"}});
  markup.Element("th", "Held-out rows", {{"rowspan", "2"}, {"class", "number"}});
  for (const Figure& figure : figures) markup.Element("th", figure.heading, {{"colspan", "3"}, {"class", "group"}});
  markup.Close().Open("tr");
  for (size_t i = 0; i < figures.size(); ++i) {
    for (const char* model : {"alone", "federated", "pooled"}) markup.Element("th", model, {{"class", "number"}});
  }
  markup.Close().Close();
}

}  // namespace

void AddDemonstration(const Demonstration& demonstration, Markup& markup) {
  const std::vector<Figure> figures = FiguresOf(demonstration);
  markup.Open("section", {{"class", "demonstration"}});
  markup.Element("h2", "Each hospital alone, federated, pooled");
  markup.Element("p", "Demonstration only: computed from files that this machine owns.", {{"class", "only"}});
  markup.Element(
      "p",
      "These figures never passed through the coordinator. In real use nobody can compute them: no one holds "
      "every hospital's rows.",
      {{"class", "soft"}});
  if (demonstration.synthetic) {
    markup.Element("p", "The rows are SYNTHETIC: made by a generator, of no real patient.", {{"class", "only"}});
  }
  markup.Open("div", {{"class", "scroll"}}).Open("table");
  AddHeadings(figures, markup);
  markup.Open("tbody");
  for (const DemonstrationRow& row : demonstration.hospitals) AddRow(row, figures, false, markup);
  AddRow(demonstration.weighted, figures, true, markup);
  markup.Close().Close().Close().Close();
}

}  // namespace accord
