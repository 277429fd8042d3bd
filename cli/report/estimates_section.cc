// What a regression says: its coefficients with standard errors, tests and intervals.
#include "cli/estimates_table.h"
#include "cli/report/sections.h"

namespace accord {

void AddEstimates(const v1::JobReport& report, Markup& markup) {
  if (!report.has_estimates()) return;
  markup.Element("h2", "Estimates");
  markup.Element("p",
                 "Coefficients and standard errors as of all sites' rows in one place, in the units of the columns; a "
                 "level against its column's first.",
                 {{"class", "soft"}});
  markup.Open("div", {{"class", "scroll"}}).Open("table").Open("thead").Open("tr");
  bool first = true;
  for (const std::string& heading : EstimateHeadings(report)) {
    markup.Element("th", heading, {{"class", first ? "" : "number"}});
    first = false;
  }
  markup.Close().Close().Open("tbody");
  for (const auto& coefficient : report.estimates().coefficients()) {
    markup.Open("tr");
    first = true;
    for (const std::string& cell : EstimateCells(report, coefficient)) {
      markup.Element("td", cell, {{"class", first ? "" : "number"}});
      first = false;
    }
    markup.Close();
  }
  markup.Close().Close().Close();
  for (const std::string& sentence : FitInWords(report)) markup.Element("p", sentence);
}

}  // namespace accord
