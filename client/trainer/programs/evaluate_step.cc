#include "client/trainer/programs/evaluate_step.h"

#include "base/status.h"
#include "models/training.h"

namespace accord {

absl::StatusOr<EvaluationSums> FillMetrics(const v1::JobSpec& spec, const Examples& test, Model& model,
                                           StepVector& vector) {
  EvaluationSums sums;
  if (test.rows() > 0) {
    ACCORD_ASSIGN_OR_RETURN(sums, Evaluate(spec, test, spec.aggregation().max_rows_per_site(), model));
  }
  for (const MetricBlock& block : MetricBlocksOf(spec, sums)) {
    if (vector.Has(block.name)) ACCORD_RETURN_IF_ERROR(vector.Put(block.name, block.values));
  }
  return sums;
}

}  // namespace accord
