// Turns of cyclic weight transfer: a step that is one site's alone. A site that is away, or does not finish, holds up
// nobody: its turn is skipped, durably, and the report says why. Where no site at all is there, the job waits.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::BeginStep(uint32_t next, absl::Duration now) {
  step = next;
  turn_of = program.SiteOf(step);
  turn_ends = now + limits.turn_wait;
}

absl::Duration JobMachine::Impl::SkippingTime() const {
  const auto could_work = [this](const std::string& site) { return MayTakePart(site) && HasApproved(site); };
  if (turn_of.empty() || !WhyNotNow().empty() ||
      (ready.contains(turn_of) && could_work(turn_of) && !IsDeferred(turn_of))) {
    return absl::InfiniteDuration();
  }
  if (!MayTakePart(turn_of)) return not_before;
  const bool others = std::any_of(ready.begin(), ready.end(),
                                  [&](const std::string& site) { return could_work(site) && !IsDeferred(site); });
  return others ? std::max(turn_ends, not_before) : absl::InfiniteDuration();
}

void JobMachine::Impl::ConsiderSkipping(absl::Duration now, Actions& actions) {
  if (now < SkippingTime()) return;
  const auto refused = excluded.find(turn_of);
  const auto gone = absent.find(turn_of);
  const std::string why = refused != excluded.end()  ? refused->second
                          : gone != absent.end()     ? gone->second
                          : !ready.contains(turn_of) ? "not connected"
                          : IsDeferred(turn_of)      ? deferrals[turn_of].reason
                                                     : "has not approved the order";
  SkipTurn(why, now, actions);
}

// Recorded under a number of its own, as an attempt of nobody.
void JobMachine::Impl::SkipTurn(std::string reason, absl::Duration now, Actions& actions) {
  NumberAttempt({}, now);
  phase = Phase::kClosing;
  v1::SiteAbsence absence;
  absence.set_site(turn_of);
  absence.set_reason(std::move(reason));
  actions.push_back(accord::SkipTurn{plan, {absence}});
}

}  // namespace accord
