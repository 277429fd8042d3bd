#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/report/html_report.h"
#include "cli/report/line_chart.h"
#include "cli/report/markup.h"
#include "tests/cli/fake_operations.h"

namespace accord {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kHostile[] = "\"><script>alert('x')</script><img src=x onerror=alert(1)>&amp;\x01\xff</style>";
constexpr char kHostileEscaped[] =
    "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;"
    "\xEF\xBF\xBD\xEF\xBF\xBD&lt;/style&gt;";

TEST(Markup, EscapesEverythingThatMeansSomething) { EXPECT_EQ(EscapeMarkup(kHostile), kHostileEscaped); }

TEST(Markup, LeavesUtf8AsItIs) { EXPECT_EQ(EscapeMarkup("Zürich \xF0\x9F\x8F\xA5\n"), "Zürich \xF0\x9F\x8F\xA5\n"); }

TEST(Markup, EscapesTextsAndAttributesAndClosesWhatIsOpen) {
  Markup markup;
  markup.Open("p", {{"title", "a\"b"}}).Text("<i>");
  EXPECT_EQ(markup.Finish(), "<p title=\"a&quot;b\">&lt;i&gt;</p>\n");
}

// Every string field of the report that may come from a peer or a person.
v1::JobReport HostileReport() {
  v1::JobReport report = FinishedReport(2);
  report.set_job_id(kHostile);
  report.set_name(kHostile);
  report.set_purpose(kHostile);
  report.set_submitted_by(kHostile);
  report.set_reason(kHostile);
  report.set_waiting_for(kHostile);
  report.set_job_sha256(kHostile);
  report.set_model_digest(kHostile);
  report.add_notes(kHostile);
  v1::RoundReport& round = *report.mutable_rounds(0);
  round.set_reason(kHostile);
  round.add_sites(kHostile);
  round.set_model_digest(kHostile);
  v1::SiteAbsence& absence = *round.add_absences();
  absence.set_site(kHostile);
  absence.set_reason(kHostile);
  v1::SiteFact& fact = *report.add_sites();
  fact.set_site(kHostile);
  fact.set_software_version(kHostile);
  fact.set_cpu(kHostile);
  fact.set_blas(kHostile);
  report.mutable_spec()->set_name(kHostile);
  report.mutable_spec()->mutable_data()->mutable_target()->set_name(kHostile);
  return report;
}

TEST(HtmlReport, HostileTextsBecomeNoMarkup) {
  Demonstration demonstration;
  demonstration.hospitals.push_back({.hospital = kHostile, .alone = {.accuracy = 0.5}});
  const std::string page = RenderHtmlReport(HostileReport(), &demonstration);
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("\x01")));
  // The style sheet's own end is the only one.
  EXPECT_EQ(page.find("</style>"), page.rfind("</style>"));
}

TEST(HtmlReport, LoadsAndRunsNothing) {
  const std::string page = RenderHtmlReport(FinishedReport(3), nullptr);
  for (const char* reference : {"http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

TEST(HtmlReport, TheSameReportGivesTheSameBytes) {
  EXPECT_EQ(RenderHtmlReport(FinishedReport(3), nullptr), RenderHtmlReport(FinishedReport(3), nullptr));
}

TEST(HtmlReport, TellsNotesAbsencesAndAbandonedRounds) {
  v1::JobReport report = FinishedReport(2);
  report.add_notes("Sums are plain.");
  v1::SiteAbsence& absence = *report.mutable_rounds(1)->add_absences();
  absence.set_site("oslo");
  absence.set_reason("no progress for 60 s");
  report.mutable_rounds(0)->set_combined("Krum: the change of oslo alone, of 5 sites");
  v1::RoundReport& abandoned = *report.add_rounds();
  abandoned.set_kind(v1::STEP_TRAIN);
  abandoned.set_outcome(v1::ROUND_ABANDONED);
  abandoned.set_reason("one site of at least two");
  abandoned.add_findings("bergen: signed two sets; evidence/0123456789abcdef.evidence proves it");
  const std::string page = RenderHtmlReport(report, nullptr);
  for (const char* text :
       {"Sums are plain.", "oslo absent: no progress for 60 s", "no progress for 60 s (1 time)", "training, abandoned",
        "one site of at least two", "Krum: the change of oslo alone, of 5 sites", "bergen: signed two sets",
        "evidence/0123456789abcdef.evidence", "81.2 %", "0.900"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
}

TEST(HtmlReport, SaysWhatLeftEachSiteInWordsAndBytes) {
  v1::JobReport report = FinishedReport(3);
  v1::JobSpec& spec = *report.mutable_spec();
  spec.mutable_model()->mutable_drill()->set_num_parameters(7);
  spec.mutable_aggregation()->mutable_fedavg();
  spec.mutable_aggregation()->set_update_bound(1);
  spec.mutable_aggregation()->set_max_rows_per_site(1);
  spec.mutable_rounds()->set_count(3);
  // rows, seven parameters, clipped: nine numbers of four bytes.
  for (auto& round : *report.mutable_rounds()) round.set_upload_bytes_per_site(36);
  const std::string page = RenderHtmlReport(report, nullptr);
  EXPECT_THAT(page, HasSubstr("7 numbers: the change of each model parameter"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">36</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"number\">108</td>"));
}

TEST(HtmlReport, LabelsTheDemonstration) {
  const Demonstration demonstration{.synthetic = true, .hospitals = {}, .weighted = {}};
  const std::string page = RenderHtmlReport(FinishedReport(1), &demonstration);
  EXPECT_THAT(page, HasSubstr("Demonstration only: computed from files that this machine owns."));
  EXPECT_THAT(page, HasSubstr("SYNTHETIC"));
  EXPECT_THAT(RenderHtmlReport(FinishedReport(1), nullptr), Not(HasSubstr("Demonstration only")));
}

TEST(HtmlReport, AnEmptyReportIsStillAPage) {
  const std::string page = RenderHtmlReport(v1::JobReport(), nullptr);
  EXPECT_THAT(page, HasSubstr("</html>"));
}

TEST(LineChart, TicksCoverTheValuesInRoundSteps) {
  EXPECT_THAT(AxisTicks(0.61, 0.84, 6),
              testing::Pointwise(testing::DoubleNear(1e-9), {0.6, 0.65, 0.7, 0.75, 0.8, 0.85}));
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{{0, 0},
                                                                        {5, 5},
                                                                        {-1e9, 1e9},
                                                                        {0, 1e-12},
                                                                        {-1e300, 1e300},
                                                                        {1e300, 1e300},
                                                                        {5e-324, 1e-323},
                                                                        {1e17, std::nextafter(1e17, 2e17)},
                                                                        {-1e17, std::nextafter(-1e17, 0)},
                                                                        {1e9, 1e9 + 1}}) {
    const auto ticks = AxisTicks(low, high, 6);
    ASSERT_GE(ticks.size(), 2u);
    EXPECT_LE(ticks.size(), 6u);
    EXPECT_LE(ticks.front(), low);
    EXPECT_GE(ticks.back(), high);
  }
}

TEST(LineChart, LeavesOutWhatIsNoNumber) {
  Markup markup;
  DrawLineChart(
      {.title = "loss", .points = {{1, NAN}, {2, 0.5}, {3, INFINITY}, {4, -1.7e308}, {5, 1.7e308}, {6, 0.25}}}, markup);
  const std::string drawing = markup.Finish();
  EXPECT_THAT(drawing, HasSubstr("round 6: 0.25"));
  EXPECT_THAT(drawing, Not(HasSubstr("nan")));
  EXPECT_THAT(drawing, Not(HasSubstr("inf")));
}

TEST(DemonstrationFile, IsReadWhole) {
  const auto demonstration = ParseDemonstration(R"({"synthetic": true, "hospitals": [{"name": "va", "train_rows": 85,
    "test_rows": 45, "alone": {"accuracy": 0.5, "auc": null}, "federated": {"accuracy": 0.75}, "pooled": {}}],
    "weighted": {"alone": {}, "federated": {"auc": 0.8}, "pooled": {}}})");
  ASSERT_TRUE(demonstration.ok()) << demonstration.status();
  EXPECT_TRUE(demonstration->synthetic);
  ASSERT_EQ(demonstration->hospitals.size(), 1u);
  EXPECT_EQ(demonstration->hospitals[0].train_rows, 85u);
  EXPECT_EQ(demonstration->hospitals[0].federated.accuracy, 0.75);
  EXPECT_FALSE(demonstration->hospitals[0].alone.auc.has_value());
  EXPECT_EQ(demonstration->weighted.federated.auc, 0.8);
}

TEST(DemonstrationFile, NamesTheMemberThatIsWrong) {
  const std::string bad = R"({"hospitals": [{"name": "va", "alone": {"accuracy": "high"}}], "weighted": {}})";
  EXPECT_THAT(std::string(ParseDemonstration(bad).status().message()), HasSubstr("hospitals[0].alone.accuracy"));
  for (const char* text : {"", "[]", "{", "{\"hospitals\": 3}", "{\"hospitals\": [], \"weighted\": 1}",
                           "{\"hospitals\": [{\"train_rows\": -1}], \"weighted\": {}}"}) {
    EXPECT_EQ(ParseDemonstration(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace accord
