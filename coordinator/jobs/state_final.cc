// Final: finished, failed or cancelled, with a reason. Every site that the job invites is told that it is over, and
// told again whenever it connects: the first word may have been lost with the connection, and a site may hold something
// of the job since before this coordinator was started.
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::Finish(v1::JobState state, const std::string& reason, Actions& actions) {
  phase = Phase::kFinal;
  plan.set_job_id(job_id);
  members.clear();
  flights.clear();
  final_reason = reason;
  for (const std::string& site : ready) OnReadyWhenFinal(site, actions);
  Tell(state, reason, "", actions);
}

void JobMachine::Impl::OnReadyWhenFinal(const std::string& site, Actions& actions) {
  if (!invited.empty() && !invited.contains(site)) return;
  actions.push_back(SendPlanEnd{site, plan, v1::PlanEnd::JOB_OVER, final_reason});
}

}  // namespace accord
