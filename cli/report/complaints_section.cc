// What an ombudsman said about the job: that it is stopped, and complaints with their answers.
#include "cli/complaint_words.h"
#include "cli/report/sections.h"

namespace accord {

void AddStopAndComplaints(const v1::JobReport& report, Markup& markup) {
  if (!report.has_stop() && report.complaints().empty()) return;
  markup.Element("h2", "What the ombudsman said");
  if (report.has_stop()) {
    markup.Open("p", {{"class", "bad"}}).Text("STOPPED by ").Text(StopInWords(report.stop())).Close();
  }
  for (const v1::Complaint& complaint : report.complaints()) {
    markup.Open("div", {{"class", "scroll"}}).Open("table");
    for (const auto& [label, text] : ComplaintLines(complaint)) {
      const Markup::Attributes look =
          label == "State" && complaint.overdue() ? Markup::Attributes{{"class", "bad"}} : Markup::Attributes{};
      markup.Open("tr").Element("th", label).Element("td", text, look).Close();
    }
    markup.Close().Close();
  }
}

}  // namespace accord
