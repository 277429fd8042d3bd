#include "coordinator/engine/job_report.h"

#include <optional>
#include <utility>

#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "coordinator/governance/job_papers.h"
#include "coordinator/programs/job_end.h"
#include "coordinator/programs/job_program.h"

namespace accord {
namespace {

absl::StatusOr<v1::JobReport> ReportHead(const JobRecord& record, const v1::JobSpec& spec) {
  const JobProgram program(spec);
  v1::JobReport report;
  report.set_job_id(record.id);
  report.set_name(spec.name());
  report.set_purpose(spec.purpose());
  report.set_submitted_by(record.submitted_by);
  report.set_state(record.state);
  report.set_reason(record.reason);
  report.set_submitted_unix_ms(record.submitted_unix_ms);
  report.set_finished_unix_ms(record.finished_unix_ms);
  report.set_rounds_total(program.num_rounds());
  report.set_rounds_done(program.RoundsDone(record.step));
  report.set_job_sha256(Sha256Hex(record.spec_bytes));
  report.set_model_digest(record.model_digest);
  return report;
}

absl::StatusOr<v1::JobSpec> StoredSpec(const JobRecord& record) {
  v1::JobSpec spec;
  if (!spec.ParseFromString(record.spec_bytes)) {
    return absl::DataLossError(
        absl::StrCat("the stored job ", record.id, " is damaged; restore state_dir from a backup"));
  }
  return spec;
}

// Then the step behind the rounds does not tell how many were done.
bool MayLeaveOutRounds(const v1::JobSpec& spec) {
  return spec.evaluation().has_stop_early() || spec.aggregation().has_newton();
}

void AddEvaluation(const v1::RoundReport& round, v1::JobReport& report) {
  *report.mutable_final_metrics() = round.has_kept_metrics() ? round.kept_metrics() : round.metrics();
  if (round.has_best()) report.set_kept_round(KeptRound(report.spec(), round.best(), report.rounds_done()));
}

}  // namespace

absl::StatusOr<v1::JobReport> SummariseJob(JobStore& jobs, const JobRecord& record) {
  ACCORD_ASSIGN_OR_RETURN(const v1::JobSpec spec, StoredSpec(record));
  ACCORD_ASSIGN_OR_RETURN(v1::JobReport report, ReportHead(record, spec));
  if (MayLeaveOutRounds(spec) && report.rounds_done() == report.rounds_total()) {
    ACCORD_ASSIGN_OR_RETURN(const uint32_t rounds_done, jobs.LatestRound(record.id));
    report.set_rounds_done(rounds_done);
  }
  return report;
}

absl::StatusOr<v1::JobReport> LoadReport(JobStore& jobs, const JobRecord& record) {
  ACCORD_ASSIGN_OR_RETURN(v1::JobSpec spec, StoredSpec(record));
  ACCORD_ASSIGN_OR_RETURN(v1::JobReport report, ReportHead(record, spec));
  *report.mutable_spec() = std::move(spec);
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> rounds, jobs.Rounds(record.id, kMaxReportedRounds));
  for (const v1::RoundReport& round : rounds) AddRound(round, report);
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::SiteFact> sites, jobs.Sites(record.id));
  report.mutable_sites()->Assign(sites.begin(), sites.end());
  ACCORD_ASSIGN_OR_RETURN(const std::optional<StoredPapers> papers, jobs.Papers(record.id));
  if (!papers.has_value()) return report;
  *report.mutable_mandate() = MandateOf(*papers);
  if (auto stop = StopOf(*papers)) *report.mutable_stop() = *std::move(stop);
  return report;
}

void AddRound(const v1::RoundReport& round, v1::JobReport& report) {
  auto* rounds = report.mutable_rounds();
  // A tenth at a time, so that a long job does not move its whole history with every round.
  if (rounds->size() >= kMaxReportedRounds + kMaxReportedRounds / 10) {
    rounds->DeleteSubrange(0, rounds->size() - kMaxReportedRounds);
  }
  v1::RoundReport& added = *rounds->Add();
  added = round;
  // Two tables over sites that are not all the same tell the cells of those that differ: a report has one.
  added.clear_kept_metrics();
  if (added.has_metrics()) added.mutable_metrics()->clear_detail();
  if (round.has_best()) *report.mutable_best() = round.best();
  if (round.stopped_early()) report.set_stopped_after(round.round());
  if (report.stopped_after() > 0) report.set_rounds_done(report.stopped_after());
  if (round.outcome() == v1::ROUND_FINISHED && round.kind() == v1::STEP_EVALUATE) AddEvaluation(round, report);
  if (round.has_estimates()) *report.mutable_estimates() = round.estimates();
  // Rounds that were left out because the fit had converged were not done.
  if (report.has_estimates()) report.set_rounds_done(report.estimates().iterations());
}

v1::JobReport WithNotes(v1::JobReport report) {
  for (std::string& note : ReportNotes(report)) report.add_notes(std::move(note));
  if (report.rounds_size() >= kMaxReportedRounds) {
    report.add_notes(absl::StrCat("The table of rounds shows the latest ", report.rounds_size(), " only."));
  }
  return report;
}

std::string PlainWords(absl::string_view text, size_t max_bytes) {
  std::string words(text.substr(0, max_bytes));
  // Do not end within a character of several bytes: strings on the wire must be UTF-8.
  if (text.size() > max_bytes) {
    while (!words.empty() && (static_cast<unsigned char>(text[words.size()]) & 0xc0) == 0x80) words.pop_back();
  }
  return Printable(words);
}

}  // namespace accord
