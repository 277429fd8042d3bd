// Closing: the sum is complete and the engine makes its result durable. Nobody is told that it counts before that.
#include <algorithm>

#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::EnterClosing(Actions& actions) {
  phase = Phase::kClosing;
  TellMembers(Member::Status::kOut, v1::PlanEnd::LEFT_OUT, actions, "");
  actions.push_back(CompleteRound{plan, SitesThatAre(Member::Status::kVerified), Absences()});
}

void JobMachine::Impl::OnCommitted(const RoundCommitted& event, absl::Duration now, Actions& actions) {
  if (phase != Phase::kClosing || !IsCurrent(event.plan)) return;
  TellMembers(Member::Status::kVerified, v1::PlanEnd::SUMMED, actions, "");
  for (const std::string& site : SitesThatAre(Member::Status::kVerified)) deferrals.erase(site);
  LandClosing(v1::PlanEnd::SUMMED, "", actions);
  Advance(now, actions, event.next_step, event.end_reason);
}

void JobMachine::Impl::Advance(absl::Duration now, Actions& actions, uint32_t next_step,
                               const std::string& end_reason) {
  const uint32_t before = step;
  BeginStep(std::max(step + 1, next_step), now);
  failed_attempts = 0;
  LandWhoeverIsLate(actions);
  OnBoundReleased();
  asked.clear();
  not_before = now;
  if (step >= program.num_steps()) {
    const char* why = next_step > before + 1 ? "the job needs no more rounds" : "all rounds are done";
    return Finish(v1::JOB_FINISHED, end_reason.empty() ? why : end_reason, actions);
  }
  if (cancel.has_value()) return FinishAsAsked(*cancel, actions);
  EnterWaiting(now, actions);
}

}  // namespace accord
