// What follows when an attempt ends without a sum: another one after a pause, or the end of the job.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

absl::Duration JobMachine::Impl::BackOff(uint32_t failed_attempts) {
  return absl::Seconds(std::min(30, 1 << std::min(failed_attempts - 1, 5u)));
}

void JobMachine::Impl::EndAttempt(const std::string& reason, Actions& actions) {
  for (const Member::Status status : {Member::Status::kWorking, Member::Status::kVerified, Member::Status::kOut}) {
    TellMembers(status, v1::PlanEnd::ABANDONED, actions, reason);
  }
  actions.push_back(AbandonAttempt{plan, reason, Absences()});
  LandClosing(v1::PlanEnd::ABANDONED, reason, actions);
  // Whatever went wrong with the keys, new ones are made within milliseconds.
  epoch.reset();
}

void JobMachine::Impl::Abandon(const std::string& reason, absl::Duration now, Actions& actions) {
  // That a turn was skipped could not be recorded: then nothing can.
  const bool skipping = members.empty();
  EndAttempt(reason, actions);
  ++failed_attempts;
  if (failed_attempts >= limits.max_attempts && !turn_of.empty() && !skipping) {
    return SkipTurn(absl::StrCat("tried ", failed_attempts, " times without a result; last: ", reason), now, actions);
  }
  if (failed_attempts >= limits.max_attempts) {
    return Finish(
        v1::JOB_FAILED,
        absl::StrCat(program.Describe(step), " was tried ", failed_attempts, " times without a sum; last: ", reason),
        actions);
  }
  not_before = now + BackOff(failed_attempts);
  EnterWaiting(now, actions);
}

}  // namespace accord
