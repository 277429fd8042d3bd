#include "cli/rehearsal/summary.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "aggregation/programs/step_schema.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/estimates_table.h"
#include "cli/evaluation_words.h"
#include "cli/numbers.h"
#include "cli/rehearsal/findings.h"
#include "cli/terminal_text.h"
#include "cli/watch/job_view.h"

namespace accord {
namespace {

constexpr size_t kLabelWidth = 18;

std::string Line(absl::string_view label, absl::string_view text) {
  return absl::StrCat("  ", Padded(label, kLabelWidth), Printable(text), "\n");
}

std::string RoundsInWords(const v1::JobReport& report) {
  const RoundTimes times = TimesOfRounds(report);
  std::string words = absl::StrCat(report.rounds_done(), " of ", report.rounds_total());
  if (report.has_estimates() && report.estimates().converged()) {
    words =
        absl::StrCat(report.rounds_done(), " until the regression had converged, of at most ", report.rounds_total());
  }
  if (report.stopped_after() > 0) absl::StrAppend(&words, ", stopped early (evaluation.stop_early)");
  if (report.kept_round() > 0) absl::StrAppend(&words, ", the model of round ", report.kept_round(), " is kept");
  if (times.rounds == 0) return words;
  return absl::StrCat(words, "; ", DurationInWords(times.median_ms), " each (median), the slowest ",
                      DurationInWords(times.slowest_ms));
}

std::string SentInWords(const v1::JobReport& report) {
  uint64_t each = 0;
  for (const v1::RoundReport& round : report.rounds()) {
    if (IsRound(round.kind())) each = round.upload_bytes_per_site();
  }
  return absl::StrCat(BytesInWords(each), " in a round, ", BytesInWords(BytesSentPerSite(report)), " in all");
}

std::string MemoryInWords(const RehearsalResult& result) {
  return absl::StrCat(BytesInWords(result.memory.peak_resident_bytes), " at most with LibTorch; besides it ",
                      BytesInWords(result.memory.training_bytes), " of the ",
                      BytesInWords(result.report.spec().compute().memory_mib() * kMib), " that the job may take");
}

std::string SimulationInWords(const RehearsalPlan& plan, const SimulationMemory& memory) {
  return absl::StrCat(BytesInWords(memory.total_bytes), " of memory at most: ", BytesInWords(memory.sites_bytes),
                      " for ", Plural(plan.synthetic.num_sites, "site"), " in one process, ",
                      BytesInWords(memory.trainers_bytes), " for ", Plural(plan.simulation->num_trainers, "trainer"),
                      " and the one that they are forked from, ", BytesInWords(memory.coordinator_bytes),
                      " for the coordinator");
}

std::string MetricsInWords(const v1::JobReport& report) {
  const v1::Metrics& metrics = report.final_metrics();
  std::vector<std::string> parts;
  for (const auto& [name, figure] : MetricFigures(report)) {
    parts.push_back(absl::StrCat(name, " ", Printable(figure)));
  }
  if (metrics.has_test_loss()) parts.push_back(absl::StrCat("loss ", MetricInDigits(metrics.test_loss())));
  return absl::StrJoin(parts, ", ");
}

}  // namespace

std::string RowsInWords(const RehearsalPlan& plan) {
  const SyntheticOptions& synthetic = plan.synthetic;
  return absl::StrCat(
      Plural(synthetic.num_sites, "site"), synthetic.skew.quantity_alpha > 0 ? " of on average " : " of ",
      Plural(synthetic.rows_per_site, "row"), ", seed ", synthetic.seed, ", skew: ", SkewInWords(synthetic.skew),
      synthetic.statistics.source().empty() ? "" : absl::StrCat("; statistics of ", synthetic.statistics.source()));
}

std::string RehearsalSummary(const RehearsalPlan& plan, const RehearsalResult& result,
                             const std::vector<std::string>& warnings, const std::string& job_file) {
  const v1::JobReport& report = result.report;
  std::string text = absl::StrCat(plan.simulation.has_value() ? "\nSimulation of " : "\nRehearsal of ",
                                  Printable(report.name()), ": ", Printable(StateLine(report)), "\n");
  absl::StrAppend(
      &text, Line("Rounds", RoundsInWords(report)), Line("Each site sends", SentInWords(report)),
      Line("A trainer takes", MemoryInWords(result)),
      Line("Time", absl::StrCat("is of this machine, whose ", Plural(std::thread::hardware_concurrency(), "core"),
                                " ran all ", Plural(plan.synthetic.num_sites, "site"), " without a network between")));
  if (plan.simulation.has_value()) {
    absl::StrAppend(&text, Line("Simulation", SimulationInWords(plan, result.simulation)));
  }
  if (const std::string metrics = MetricsInWords(report); !metrics.empty()) {
    absl::StrAppend(&text, Line("Final model", absl::StrCat(metrics, " (", kSaysNothing, ")")));
  }
  absl::StrAppend(&text, DetailText(report));
  if (report.has_estimates()) {
    absl::StrAppend(&text, "\nEstimates of synthetic rows, which say nothing about real ones:\n",
                    EstimatesTable(report));
  }
  if (!warnings.empty()) absl::StrAppend(&text, "\nBefore the real job:\n");
  for (const std::string& warning : warnings) absl::StrAppend(&text, "  - ", Printable(warning), "\n");
  if (!report.notes().empty()) absl::StrAppend(&text, "\nIts report will say:\n");
  for (const std::string& note : report.notes()) absl::StrAppend(&text, "  - ", Printable(note), "\n");
  if (!result.folder.empty()) absl::StrAppend(&text, "\nkept: ", result.folder, "\n");
  if (report.state() != v1::JOB_FINISHED) {
    return absl::StrCat(text, "\n", PrintableLines(result.last_lines),
                        "\nRehearse it again once that is mended; real sites would see the same.\n");
  }
  absl::StrAppend(&text, "\nThe same bytes (SHA-256 ", Printable(report.job_sha256()),
                  ") go to the real sites with\n  accord job submit ", job_file, "\n");
  return text;
}

absl::StatusOr<nlohmann::json> RehearsalAsJson(const RehearsalPlan& plan, const RehearsalResult& result,
                                               const std::vector<std::string>& warnings) {
  ACCORD_ASSIGN_OR_RETURN(const std::string report, MessageToJson(result.report, JsonLayout::kOneLine));
  const SyntheticOptions& synthetic = plan.synthetic;
  const RoundTimes times = TimesOfRounds(result.report);
  nlohmann::json json = {
      {"synthetic", true},
      {"metrics_say", kSaysNothing},
      {"job_sha256", result.report.job_sha256()},
      {"seed", synthetic.seed},
      {"skew",
       {{"feature", synthetic.skew.feature},
        {"prevalence", synthetic.skew.prevalence},
        {"label_alpha", synthetic.skew.label_alpha},
        {"quantity_alpha", synthetic.skew.quantity_alpha}}},
      {"statistics", synthetic.statistics.source()},
      {"sites", nlohmann::json::array()},
      {"started_in_ms", absl::ToInt64Milliseconds(result.started_in)},
      {"round_ms", {{"median", times.median_ms}, {"slowest", times.slowest_ms}}},
      {"bytes_sent_per_site", BytesSentPerSite(result.report)},
      {"trainer_memory",
       {{"peak_resident_bytes", result.memory.peak_resident_bytes}, {"training_bytes", result.memory.training_bytes}}},
      {"warnings", warnings},
      {"last_lines", result.last_lines},
      {"folder", result.folder},
      {"report", nlohmann::json::parse(report, nullptr, /*allow_exceptions=*/false)}};
  if (plan.simulation.has_value()) {
    json["simulation"] = {{"trainers", plan.simulation->num_trainers},
                          {"sites_at_once", plan.simulation->sites_at_once},
                          {"memory",
                           {{"total_bytes", result.simulation.total_bytes},
                            {"coordinator_bytes", result.simulation.coordinator_bytes},
                            {"sites_bytes", result.simulation.sites_bytes},
                            {"trainers_bytes", result.simulation.trainers_bytes}}}};
  }
  for (uint32_t i = 0; i < synthetic.num_sites; ++i) {
    const bool has_rows = i < result.sites.size();
    json["sites"].push_back({{"site", synthetic.site_names[i]}, {"rows", has_rows ? result.sites[i].rows : 0}});
  }
  return json;
}

v1::JobReport MarkedAsRehearsal(const v1::JobReport& report, const RehearsalPlan& plan,
                                const std::vector<std::string>& warnings) {
  v1::JobReport marked = report;
  const bool simulated = plan.simulation.has_value();
  marked.set_name(absl::StrCat(simulated ? "Simulation" : "Rehearsal", " on synthetic rows: ", report.name()));
  marked.clear_notes();
  marked.add_notes(absl::StrCat("This was a ", simulated ? "simulation" : "rehearsal", " with ", RowsInWords(plan),
                                ", on one machine. No number here is of a "
                                "real patient: ",
                                kSaysNothing, "."));
  if (simulated) marked.add_notes(kHowFarFromReal);
  for (const std::string& warning : warnings) marked.add_notes(warning);
  for (const std::string& note : report.notes()) marked.add_notes(note);
  return marked;
}

}  // namespace accord
