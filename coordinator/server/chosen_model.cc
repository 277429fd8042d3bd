#include "coordinator/server/chosen_model.h"

#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aggregation/evaluation/best_round.h"
#include "aggregation/programs/step_schema.h"
#include "base/status.h"
#include "coordinator/programs/job_program.h"

namespace accord {
namespace {

// The model after a training round.
absl::StatusOr<std::string> ModelOfRound(const std::string& job_id, uint32_t round, Store& store) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> rounds,
                          store.jobs().Rounds(job_id, std::numeric_limits<int>::max()));
  // Backwards: a cycle is done with its last turn, whatever became of it.
  for (auto report = rounds.rbegin(); report != rounds.rend(); ++report) {
    const bool done = report->outcome() == v1::ROUND_FINISHED || report->outcome() == v1::ROUND_SKIPPED;
    const bool is_last = report->turn() == report->turns();
    if (IsRound(report->kind()) && done && is_last && report->round() == round) return report->model_digest();
  }
  return absl::NotFoundError(
      absl::StrCat("round ", round, " of job ", job_id, " is not done; 0 means the latest model"));
}

// The round that made the job's model: not the last one where an earlier round's is kept, or later ones were left out.
absl::StatusOr<uint32_t> RoundOfModel(const JobRecord& record, const v1::JobSpec& spec, Store& store) {
  const uint32_t by_step = JobProgram(spec).RoundsDone(record.step);
  if (!ChoosesByMetric(spec)) return by_step;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::RoundReport> rounds,
                          store.jobs().Rounds(record.id, std::numeric_limits<int>::max()));
  for (auto report = rounds.rbegin(); report != rounds.rend(); ++report) {
    const bool made = IsRound(report->kind()) && report->outcome() == v1::ROUND_FINISHED;
    if (made && report->model_digest() == record.model_digest) return report->round();
  }
  return by_step;
}

}  // namespace

absl::StatusOr<ChosenModel> ChooseModel(const JobRecord& record, const v1::JobSpec& spec, uint32_t round,
                                        Store& store) {
  ChosenModel chosen{record.model_digest, round};
  if (round != 0) {
    ACCORD_ASSIGN_OR_RETURN(chosen.name, ModelOfRound(record.id, round, store));
  } else {
    ACCORD_ASSIGN_OR_RETURN(chosen.round, RoundOfModel(record, spec, store));
  }
  return chosen;
}

absl::Status CheckRoundIsDone(const std::string& job_id, uint32_t round, Store& store) {
  return round == 0 ? absl::OkStatus() : ModelOfRound(job_id, round, store).status();
}

}  // namespace accord
