// The top of the page: what the job is, how it ended, what a reader must know first.
#include <functional>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/step_schema.h"
#include "cli/numbers.h"
#include "cli/report/line_chart.h"
#include "cli/report/sections.h"

namespace accord {
namespace {

void AddCard(const std::string& value, const std::string& label, Markup& markup) {
  markup.Open("div", {{"class", "card"}}).Element("b", value).Element("span", label).Close();
}

void AddMetricCards(const v1::JobReport& report, Markup& markup) {
  const v1::Metrics& metrics = report.final_metrics();
  if (metrics.has_test_accuracy()) AddCard(ShareInPercent(metrics.test_accuracy()), "held-out accuracy", markup);
  const auto& levels = report.spec().data().target().mask().levels();
  for (int i = 0; i < metrics.test_dice_size() && i < levels.size(); ++i) {
    AddCard(AucInDigits(metrics.test_dice(i)), absl::StrCat("held-out Dice of ", levels[i]), markup);
  }
  if (metrics.has_test_auc()) AddCard(AucInDigits(metrics.test_auc()), "held-out AUC", markup);
  if (metrics.has_test_mse()) AddCard(MetricInDigits(metrics.test_mse()), "held-out mean squared error", markup);
  if (metrics.has_test_loss()) AddCard(MetricInDigits(metrics.test_loss()), "held-out loss", markup);
  if (metrics.test_rows() > 0) AddCard(CountInWords(metrics.test_rows()), "held-out rows, all sites", markup);
}

void AddTimes(const v1::JobReport& report, Markup& markup) {
  std::string times = absl::StrCat("Job ", report.job_id());
  if (!report.submitted_by().empty()) absl::StrAppend(&times, ", submitted by ", report.submitted_by());
  absl::StrAppend(&times, ", ", TimeInWords(report.submitted_unix_ms()));
  if (report.finished_unix_ms() != 0) {
    const double took =
        static_cast<double>(report.finished_unix_ms()) - static_cast<double>(report.submitted_unix_ms());
    absl::StrAppend(&times, ", ended ", TimeInWords(report.finished_unix_ms()), " after ", DurationInWords(took));
  }
  markup.Element("p", absl::StrCat(times, "."), {{"class", "soft"}});
}

// Training rows of the last finished training round: the ones that the final model was trained on.
uint64_t LastTrainRows(const v1::JobReport& report) {
  uint64_t rows = 0;
  for (const auto& round : report.rounds()) {
    if (IsRound(round.kind()) && round.outcome() == v1::ROUND_FINISHED) rows = round.metrics().train_rows();
  }
  return rows;
}

// Of the last round's model, which is not the job's where an earlier one is kept.
const v1::Metrics& LastMeasured(const v1::JobReport& report) {
  for (auto round = report.rounds().rbegin(); round != report.rounds().rend(); ++round) {
    if (round->kind() == v1::STEP_EVALUATE && round->outcome() == v1::ROUND_FINISHED) return round->metrics();
  }
  return report.final_metrics();
}

LineChart ChartOf(const v1::JobReport& report, const std::string& title, bool percent,
                  const std::function<std::optional<double>(const v1::Metrics&)>& metric) {
  LineChart chart{.title = title, .percent = percent, .points = {}};
  for (const auto& round : report.rounds()) {
    const bool ends_cycle = round.kind() == v1::STEP_EVALUATE && round.round() > 0;
    if (round.outcome() != v1::ROUND_FINISHED || (!IsRound(round.kind()) && !ends_cycle)) continue;
    if (round.turn() > 0 || (ends_cycle && round.round() == report.rounds_done())) continue;
    // A training round measures the model that it began with: the one of the round before.
    if (const auto value = metric(round.metrics())) {
      chart.points.push_back({static_cast<double>(round.round()) - (ends_cycle ? 0 : 1), *value});
    }
  }
  if (report.has_final_metrics()) {
    if (const auto value = metric(LastMeasured(report))) {
      chart.points.push_back({static_cast<double>(report.rounds_done()), *value});
    }
  }
  return chart;
}

}  // namespace

std::string StateInWords(v1::JobState state) {
  switch (state) {
    case v1::JOB_WAITING:
      return "waiting";
    case v1::JOB_RUNNING:
      return "running";
    case v1::JOB_FINISHED:
      return "finished";
    case v1::JOB_FAILED:
      return "failed";
    case v1::JOB_CANCELLED:
      return "cancelled";
    default:
      return "unknown";
  }
}

void AddHeadline(const v1::JobReport& report, Markup& markup) {
  const std::string state = StateInWords(report.state());
  markup.Element("div", "Accord job report", {{"class", "eyebrow"}});
  markup.Open("h1").Text(report.name());
  markup.Element("span", state, {{"class", absl::StrCat("badge ", state)}}).Close();
  markup.Element("p", report.purpose(), {{"class", "purpose"}});
  AddTimes(report, markup);
  if (!report.reason().empty()) {
    const bool bad = report.state() == v1::JOB_FAILED || report.state() == v1::JOB_CANCELLED;
    markup.Element("p", absl::StrCat("Why: ", report.reason()), {{"class", bad ? "bad" : "soft"}});
  }
  if (!report.waiting_for().empty()) markup.Element("p", absl::StrCat("Now: ", report.waiting_for()));
  markup.Open("div", {{"class", "cards"}});
  AddMetricCards(report, markup);
  AddCard(absl::StrCat(report.rounds_done(), " of ", report.rounds_total()),
          report.spec().aggregation().has_newton() ? "iterations done" : "training rounds done", markup);
  if (const uint64_t rows = LastTrainRows(report); rows > 0) {
    AddCard(CountInWords(rows), "training rows, last round", markup);
  }
  markup.Close();
}

void AddNotes(const v1::JobReport& report, Markup& markup) {
  if (report.notes().empty()) return;
  markup.Open("section", {{"class", "notes"}}).Element("h2", "What a reader must know").Open("ul");
  for (const std::string& note : report.notes()) markup.Element("li", note);
  markup.Close().Close();
}

void AddCharts(const v1::JobReport& report, Markup& markup) {
  using Value = std::optional<double>;
  const auto accuracy = [](const v1::Metrics& m) { return m.has_test_accuracy() ? Value(m.test_accuracy()) : Value(); };
  const auto auc = [](const v1::Metrics& m) { return m.has_test_auc() ? Value(m.test_auc()) : Value(); };
  const auto mse = [](const v1::Metrics& m) { return m.has_test_mse() ? Value(m.test_mse()) : Value(); };
  const auto test_loss = [](const v1::Metrics& m) { return m.has_test_loss() ? Value(m.test_loss()) : Value(); };
  const auto train_loss = [](const v1::Metrics& m) { return m.has_train_loss() ? Value(m.train_loss()) : Value(); };
  std::vector<LineChart> charts = {
      ChartOf(report, "Held-out accuracy", true, accuracy),  ChartOf(report, "Held-out AUC", false, auc),
      ChartOf(report, "Held-out squared error", false, mse), ChartOf(report, "Held-out loss", false, test_loss),
      ChartOf(report, "Training loss", false, train_loss),
  };
  std::erase_if(charts, [](const LineChart& chart) { return chart.points.size() < 2; });
  if (charts.empty()) return;
  markup.Element("h2", "The model, round by round");
  markup.Element("p",
                 "Each point is the global model after that many rounds (0: the initial model), measured on the rows "
                 "that the sites held out, all sites together.",
                 {{"class", "soft"}});
  markup.Open("div", {{"class", "charts"}});
  for (const LineChart& chart : charts) DrawLineChart(chart, markup);
  markup.Close();
}

}  // namespace accord
