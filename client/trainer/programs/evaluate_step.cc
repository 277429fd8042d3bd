#include "client/trainer/programs/evaluate_step.h"

#include <array>

#include "aggregation/programs/columns.h"
#include "base/status.h"
#include "models/training.h"

namespace accord {

absl::Status FillMetrics(const v1::JobSpec& spec, const Examples& test, Model& model, StepVector& vector) {
  const double max_rows = spec.aggregation().max_rows_per_site();
  EvaluationSums sums;
  if (test.rows() > 0) {
    ACCORD_ASSIGN_OR_RETURN(sums, Evaluate(spec, test, spec.aggregation().max_rows_per_site(), model));
  }
  ACCORD_RETURN_IF_ERROR(vector.Put(kTestRowsBlock, static_cast<double>(sums.rows)));
  ACCORD_RETURN_IF_ERROR(vector.Put(kTestLossBlock, sums.loss / max_rows));
  const Task task = TaskOf(spec);
  if (task == Task::kRegression) return vector.Put(kTestSquaredErrorBlock, sums.squared_error / max_rows);
  ACCORD_RETURN_IF_ERROR(vector.Put(kTestCorrectBlock, static_cast<double>(sums.correct)));
  if (task != Task::kBinary) return absl::OkStatus();
  std::array<double, 2 * kScoreBins> scores;
  for (size_t i = 0; i < scores.size(); ++i) scores[i] = sums.scores[i];
  return vector.Put(kTestScoresBlock, scores);
}

}  // namespace accord
