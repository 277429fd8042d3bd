// A job as whoever receives it reads it: the coordinator at submission, a site before a round.
#include <string>
#include <vector>

#include "aggregation/programs/columns.h"
#include "aggregation/programs/step_schema.h"
#include "proto/validation/job_validation.h"
#include "tests/fuzz/support/example_job.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::job_spec {

std::vector<std::string> Seeds() { return {DrillJob().SerializeAsString(), HeartJob().SerializeAsString()}; }

bool Take(absl::string_view bytes) {
  const absl::StatusOr<v1::JobSpec> spec = ParseJobSpec(bytes);
  if (!spec.ok()) return false;
  Require(ParseJobSpec(spec->SerializeAsString()).ok(), "a job that was taken is taken again");
  Require(MaxCohortSize(*spec) > 0, "a job that was taken has room for a cohort");
  const std::vector<v1::StepKind> steps = StepsOf(*spec);
  Require(!steps.empty(), "a job that was taken has steps");
  if (!spec->model().has_drill()) InputColumns(spec->data());
  for (const v1::StepKind kind : {steps.front(), steps.back()}) (void)StepSchema(*spec, kind, 1000, 2);
  return true;
}

const FuzzTarget kTarget("job_spec", &Seeds, &Take);

}  // namespace accord::fuzz::job_spec
