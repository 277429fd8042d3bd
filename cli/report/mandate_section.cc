// By whose word the job ran.
#include "cli/mandate_words.h"
#include "cli/report/sections.h"

namespace accord {

void AddMandate(const v1::JobReport& report, Markup& markup) {
  const auto lines = MandateLines(report.mandate());
  if (lines.empty()) return;
  markup.Element("h2", "By whose word");
  markup.Element(
      "p",
      "From the files that people and sites have signed. Each site has judged them itself before it computed "
      "anything; accord job papers fetches them.",
      {{"class", "soft"}});
  markup.Open("div", {{"class", "scroll"}}).Open("table");
  for (const auto& [label, text] : lines) markup.Open("tr").Element("th", label).Element("td", text).Close();
  markup.Close().Close();
}

}  // namespace accord
