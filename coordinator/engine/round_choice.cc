#include "coordinator/engine/round_choice.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/evaluation/best_round.h"
#include "aggregation/programs/step_schema.h"
#include "base/status.h"
#include "coordinator/engine/job_report.h"
#include "coordinator/programs/job_end.h"

namespace accord {
namespace {

// As the round after `round` measured them. Of a job with so many rounds that this one's report is not read any more,
// the metric alone.
absl::StatusOr<v1::Metrics> MetricsOfRound(const std::string& job_id, uint32_t round, JobStore& jobs) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> reports, jobs.Rounds(job_id, kMaxReportedRounds));
  for (const v1::RoundReport& report : reports) {
    // A round measures what the one before it made; only a cycle ends with an evaluation of its own.
    const bool measured = report.kind() == v1::STEP_TRAIN
                              ? report.turn() == 0 && report.round() == round + 1
                              : report.kind() == v1::STEP_EVALUATE && report.round() == round;
    if (measured && report.outcome() == v1::ROUND_FINISHED) return report.metrics();
  }
  return v1::Metrics();
}

absl::Status KeepEarlierModel(const v1::BestRound& best, Store& store, RoundClose& close) {
  const auto found = store.objects().Find(best.model_digest());
  if (!found.ok()) {
    return Annotate(found.status(), absl::StrCat("the model of round ", best.round(), ", which is to be kept"));
  }
  ACCORD_ASSIGN_OR_RETURN(*close.report.mutable_kept_metrics(),
                          MetricsOfRound(close.job_id, best.round(), store.jobs()));
  close.model_digest = best.model_digest();
  close.keeps_earlier_model = true;
  close.report.set_model_digest(best.model_digest());
  return absl::OkStatus();
}

}  // namespace

absl::Status ChooseModel(const v1::JobSpec& spec, const RoundChoice& choice, Store& store, RoundClose& close) {
  const bool trains = close.report.kind() == v1::STEP_TRAIN;
  const bool evaluates = close.report.kind() == v1::STEP_EVALUATE;
  const bool measures = MeasuresHeldOut(spec, close.report.kind());
  if (!ChoosesByMetric(spec) || (!trains && !evaluates) || !measures) return absl::OkStatus();
  const v1::BestRound best =
      NextBest(spec, choice.before, {choice.measured_round, choice.measured_digest, &close.report.metrics()});
  *close.report.mutable_best() = best;
  const bool more = close.next_step < choice.step_after_rounds;
  const bool stops = more && HasStoppedImproving(spec, best);
  if (stops) {
    close.next_step = choice.step_after_rounds;
    close.report.set_stopped_early(true);
  }
  if (trains || (more && !stops)) return absl::OkStatus();
  const uint32_t kept = KeptRound(spec, best, choice.measured_round);
  return kept == choice.measured_round ? absl::OkStatus() : KeepEarlierModel(best, store, close);
}

}  // namespace accord
