// Final: finished, failed or cancelled, with a reason. Sites that were sent a plan are told that the job is over, and
// told again whenever they connect: the first word may have been lost with the connection.
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::Finish(v1::JobState state, const std::string& reason, Actions& actions) {
  phase = Phase::kFinal;
  plan.set_job_id(job_id);
  members.clear();
  final_reason = reason;
  for (const std::string& site : ready) OnReadyWhenFinal(site, actions);
  Tell(state, reason, "", actions);
}

void JobMachine::Impl::OnReadyWhenFinal(const std::string& site, Actions& actions) {
  if (!planned.contains(site)) return;
  actions.push_back(SendPlanEnd{site, plan, v1::PlanEnd::JOB_OVER, final_reason});
}

}  // namespace accord
