#include "coordinator/engine/job_over.h"

#include <vector>

#include "absl/types/span.h"
#include "base/status.h"
#include "coordinator/engine/counted_steps.h"

namespace accord {

bool IsFinalState(v1::JobState state) {
  return state == v1::JOB_FINISHED || state == v1::JOB_FAILED || state == v1::JOB_CANCELLED;
}

absl::StatusOr<std::optional<v1::PlanEnd>> WordOfJobsEnd(JobStore& jobs, const std::string& site,
                                                         const std::string& job_id) {
  v1::PlanEnd end;
  end.set_outcome(v1::PlanEnd::JOB_OVER);
  end.set_reason("this job is over or not known");
  const auto job = jobs.Get(job_id);
  if (absl::IsNotFound(job.status())) return end;
  ACCORD_RETURN_IF_ERROR(job.status());
  if (!IsFinalState(job->state)) return std::nullopt;
  v1::JobSpec spec;
  if (!spec.ParseFromString(job->spec_bytes)) return end;
  ACCORD_ASSIGN_OR_RETURN(const CountedSteps counted, CountedSteps::Load(spec, job_id, jobs));
  const std::vector<uint32_t> steps = counted.Of(absl::MakeConstSpan(&site, 1));
  if (!steps.empty()) end.set_counted_step(steps.front());
  return end;
}

}  // namespace accord
