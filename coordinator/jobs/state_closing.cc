// Closing: the sum is complete and the engine makes its result durable. Nobody is told that it counts before that.
#include "absl/strings/str_cat.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::EnterClosing(Actions& actions) {
  phase = Phase::kClosing;
  actions.push_back(CompleteRound{plan, SitesThatAre(Member::Status::kVerified), Absences()});
}

void JobMachine::Impl::OnCommitted(const RoundCommitted& event, absl::Duration now, Actions& actions) {
  if (phase != Phase::kClosing || !IsCurrent(event.plan)) return;
  for (const std::string& site : SitesThatAre(Member::Status::kVerified)) {
    if (ready.contains(site)) actions.push_back(SendPlanEnd{site, plan, v1::PlanEnd::SUMMED, ""});
  }
  ++step;
  failed_attempts = 0;
  not_before = now;
  if (step >= num_steps) return Finish(v1::JOB_FINISHED, "all rounds are done", actions);
  if (cancel_reason.has_value()) return Finish(v1::JOB_CANCELLED, *cancel_reason, actions);
  EnterWaiting(now, actions);
}

void JobMachine::Impl::OnRoundFailed(const RoundFailed& event, absl::Duration now, Actions& actions) {
  if (phase != Phase::kClosing || !IsCurrent(event.plan)) return;
  if (!event.final && !cancel_reason.has_value()) return Abandon(event.reason, now, actions);
  actions.push_back(AbandonAttempt{plan, event.reason, Absences()});
  if (event.final) return Finish(v1::JOB_FAILED, event.reason, actions);
  Finish(v1::JOB_CANCELLED, *cancel_reason, actions);
}

}  // namespace accord
