// Who took part, what left each site, and the table of rounds.
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/step_words.h"
#include "cli/numbers.h"
#include "cli/report/sections.h"
#include "cli/vector_words.h"

namespace accord {
namespace {

constexpr absl::string_view kNumber = "number";

void AddHeadings(const std::vector<std::pair<std::string, bool>>& headings, Markup& markup) {
  markup.Open("thead").Open("tr");
  for (const auto& [heading, is_number] : headings) {
    markup.Element("th", heading, {{"class", std::string(is_number ? kNumber : "")}});
  }
  markup.Close().Close();
}

void AddNumber(const std::string& text, Markup& markup) {
  markup.Element("td", text, {{"class", std::string(kNumber)}});
}

// What one kind of step sent, over the whole job.
struct Sent {
  uint64_t bytes_each = 0;
  uint64_t rounds = 0;
  uint32_t largest_cohort = 1;
};

std::map<v1::StepKind, Sent> SentByKind(const v1::JobReport& report) {
  std::map<v1::StepKind, Sent> sent;
  for (const auto& round : report.rounds()) {
    if (round.outcome() != v1::ROUND_FINISHED || !round.sum_of_job().empty()) continue;  // an earlier job's sum
    Sent& kind = sent[round.kind()];
    kind.bytes_each = std::max<uint64_t>(kind.bytes_each, round.upload_bytes_per_site());
    kind.largest_cohort = std::max<uint32_t>(kind.largest_cohort, static_cast<uint32_t>(round.sites_size()));
    ++kind.rounds;
  }
  return sent;
}

void AddContents(const v1::JobReport& report, v1::StepKind kind, uint64_t num_parameters, uint32_t cohort,
                 Markup& markup) {
  const auto departure = DescribeDeparture(report.spec(), kind, num_parameters, cohort);
  markup.Open("td");
  if (departure.ok()) {
    markup.Open("ul");
    for (const std::string& content : departure->contents) markup.Element("li", content);
    markup.Close();
  } else {
    markup.Text("the report does not carry the job that would explain it");
  }
  markup.Close();
}

// Times each site was in a sum, and why it was not.
struct Attendance {
  uint64_t present = 0;
  uint64_t bytes = 0;
  std::map<std::string, uint64_t> absences;  // by reason
};

std::map<std::string, Attendance> AttendanceOf(const v1::JobReport& report) {
  std::map<std::string, Attendance> sites;
  for (const auto& fact : report.sites()) sites[fact.site()];
  for (const auto& round : report.rounds()) {
    for (const auto& absence : round.absences()) ++sites[absence.site()].absences[absence.reason()];
    if (round.outcome() != v1::ROUND_FINISHED || !round.sum_of_job().empty()) continue;
    for (const std::string& site : round.sites()) {
      ++sites[site].present;
      sites[site].bytes += round.upload_bytes_per_site();
    }
  }
  return sites;
}

std::string AbsencesInWords(const Attendance& attendance) {
  std::vector<std::string> parts;
  for (const auto& [reason, times] : attendance.absences) {
    parts.push_back(absl::StrCat(reason.empty() ? "no reason given" : reason, " (", Plural(times, "time"), ")"));
  }
  return parts.empty() ? "none" : absl::StrJoin(parts, "; ");
}

std::string Optional(bool has, const std::string& text) { return has ? text : "-"; }

void AddRemarks(const v1::RoundReport& round, Markup& markup) {
  std::vector<std::string> parts;
  for (const std::string& finding : round.findings()) parts.push_back(finding);
  if (!round.reason().empty()) parts.push_back(round.reason());
  for (const auto& absence : round.absences()) {
    parts.push_back(absl::StrCat(absence.site(), " absent: ", absence.reason()));
  }
  if (!round.combined().empty()) parts.push_back(round.combined());
  markup.Element("td", absl::StrJoin(parts, "; "), {{"class", "remarks"}});
}

// The names only where some are missing: with everybody there they say nothing new.
std::string SitesInWords(const v1::RoundReport& round, int num_sites) {
  if (round.sites().empty()) return "none";
  if (round.sites_size() == num_sites) return absl::StrCat("all ", num_sites);
  return absl::StrJoin(round.sites(), ", ");
}

void AddRoundRow(const v1::RoundReport& round, int num_sites, Markup& markup) {
  const bool abandoned = round.outcome() == v1::ROUND_ABANDONED;
  const v1::Metrics& metrics = round.metrics();
  markup.Open("tr", {{"class", abandoned ? "abandoned" : ""}});
  AddNumber(round.round() == 0 ? "" : absl::StrCat(round.round()), markup);
  const bool skipped = round.outcome() == v1::ROUND_SKIPPED;
  const std::string turn = round.turn() == 0 ? "" : absl::StrCat(", turn ", round.turn());
  markup.Element(
      "td", absl::StrCat(StepInWords(round.kind()), turn, abandoned ? ", abandoned" : "", skipped ? ", skipped" : ""));
  AddNumber(absl::StrCat(round.attempt()), markup);
  markup.Element("td", SitesInWords(round, num_sites));
  AddNumber(DurationInWords(round.duration_ms()), markup);
  AddNumber(Optional(metrics.has_train_loss(), MetricInDigits(metrics.train_loss())), markup);
  AddNumber(Optional(metrics.has_test_loss(), MetricInDigits(metrics.test_loss())), markup);
  AddNumber(metrics.has_test_mse() ? MetricInDigits(metrics.test_mse())
                                   : Optional(metrics.has_test_accuracy(), ShareInPercent(metrics.test_accuracy())),
            markup);
  AddNumber(Optional(metrics.has_test_auc(), AucInDigits(metrics.test_auc())), markup);
  AddNumber(Optional(metrics.has_clipped_share(), ShareInPercent(metrics.clipped_share())), markup);
  AddRemarks(round, markup);
  markup.Close();
}

bool IsRegression(const v1::JobReport& report) { return report.spec().data().target().has_numeric(); }

}  // namespace

void AddDepartures(const v1::JobReport& report, Markup& markup) {
  const auto sent = SentByKind(report);
  if (sent.empty()) return;
  const auto training = sent.find(v1::STEP_TRAIN);
  const uint64_t num_parameters =
      training == sent.end() ? 1 : ParametersFromUpload(report.spec(), training->second.bytes_each);
  markup.Element("h2", "What left each site");
  markup.Element("p",
                 "In a round each site sent one list of numbers, of a length that everybody knew beforehand, and "
                 "nothing else. Rows stayed where they are. This is all that was in the lists:");
  markup.Open("div", {{"class", "scroll"}}).Open("table");
  AddHeadings({{"Step", false},
               {"Contents of one site's list", false},
               {"Rounds", true},
               {"Bytes a round", true},
               {"Bytes over the job", true}},
              markup);
  markup.Open("tbody");
  for (const auto& [kind, step] : sent) {
    markup.Open("tr").Element("td", StepInWords(kind));
    AddContents(report, kind, num_parameters, step.largest_cohort, markup);
    AddNumber(CountInWords(step.rounds), markup);
    AddNumber(CountInWords(step.bytes_each), markup);
    AddNumber(CountInWords(step.bytes_each * step.rounds), markup);
    markup.Close();
  }
  markup.Close().Close().Close();
}

void AddParticipation(const v1::JobReport& report, Markup& markup) {
  const auto sites = AttendanceOf(report);
  if (sites.empty()) return;
  uint64_t finished = 0;
  for (const auto& round : report.rounds()) finished += round.outcome() == v1::ROUND_FINISHED ? 1 : 0;
  markup.Element("h2", "Who took part");
  markup.Open("div", {{"class", "scroll"}}).Open("table");
  AddHeadings({{"Site", false}, {"In the sum", true}, {"Share of rounds", true}, {"Sent", true}, {"Absences", false}},
              markup);
  markup.Open("tbody");
  for (const auto& [site, attendance] : sites) {
    const double share = finished == 0 ? 0 : static_cast<double>(attendance.present) / static_cast<double>(finished);
    markup.Open("tr").Element("td", site);
    AddNumber(absl::StrCat(attendance.present, " of ", finished), markup);
    AddNumber(ShareInPercent(share), markup);
    AddNumber(BytesInWords(attendance.bytes), markup);
    markup.Element("td", AbsencesInWords(attendance)).Close();
  }
  markup.Close().Close().Close();
}

void AddRounds(const v1::JobReport& report, Markup& markup) {
  if (report.rounds().empty()) return;
  const int num_sites = static_cast<int>(AttendanceOf(report).size());
  markup.Element("h2", "Every round");
  markup.Element("p", "Held-out figures of a training round are of the model that the round began with.",
                 {{"class", "soft"}});
  markup.Open("div", {{"class", "scroll"}}).Open("table");
  AddHeadings({{"Round", true},
               {"Step", false},
               {"Attempt", true},
               {"Sites in the sum", false},
               {"Took", true},
               {"Training loss", true},
               {"Held-out loss", true},
               {IsRegression(report) ? "Squared error" : "Accuracy", true},
               {"AUC", true},
               {"Clipped", true},
               {"Remarks", false}},
              markup);
  markup.Open("tbody");
  for (const auto& round : report.rounds()) AddRoundRow(round, num_sites, markup);
  markup.Close().Close().Close();
}

}  // namespace accord
