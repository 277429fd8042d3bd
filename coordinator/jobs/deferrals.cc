// Sites that are there and wait for their people: a charter, a release or a posture lets nothing be done there now.
// They count as sites that have not come yet. Each is asked again after a pause, and at once when it says that
// something has changed; an attempt that lacked nobody else is none of max_attempts, and patience_s bounds all of them
// together.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {
namespace {

// Each time it is asked costs the others an attempt: from within a blink to a few minutes.
constexpr absl::Duration kShortestPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Minutes(5);
// A site that says again and again that it can be asked, and then refuses, is asked early no more often than this.
constexpr int kMostWakes = 50;

}  // namespace

void JobMachine::Impl::Defer(const SiteRefused& refusal, absl::Duration now) {
  Deferral& deferral = deferrals[refusal.site];
  deferral.reason = refusal.reason;
  deferral.refused_at = now;
  deferral.pause = std::clamp(deferral.pause * 2, kShortestPause, kLongestPause);
  deferral.ask_at = now + deferral.pause;
}

void JobMachine::Impl::EndPauses(absl::Duration now) {
  const bool any = std::any_of(deferrals.begin(), deferrals.end(),
                               [&](const auto& one) { return IsDeferred(one.first) && now >= one.second.ask_at; });
  if (!any) return;
  // Who refused the same attempt is asked with it, not in one of its own.
  for (auto& [site, deferral] : deferrals) {
    if (now + kShortestPause >= deferral.ask_at) deferral.ask_at = -absl::InfiniteDuration();
  }
}

void JobMachine::Impl::EndPause(const std::string& site) {
  const auto found = deferrals.find(site);
  if (found != deferrals.end()) found->second.ask_at = -absl::InfiniteDuration();
}

void JobMachine::Impl::WakeDeferred(const std::string& site, absl::Duration now) {
  const auto found = deferrals.find(site);
  if (found == deferrals.end() || !IsDeferred(site) || found->second.wakes == kMostWakes) return;
  ++found->second.wakes;
  const absl::Duration at_the_earliest = std::max(now, found->second.refused_at + kShortestPause);
  found->second.ask_at = std::min(found->second.ask_at, at_the_earliest);
}

bool JobMachine::Impl::IsDeferred(const std::string& site) const {
  const auto found = deferrals.find(site);
  return found != deferrals.end() && found->second.ask_at != -absl::InfiniteDuration();
}

absl::Duration JobMachine::Impl::NextPauseEnds() const {
  absl::Duration next = absl::InfiniteDuration();
  for (const auto& [site, deferral] : deferrals) {
    if (IsDeferred(site) && ready.contains(site)) next = std::min(next, deferral.ask_at);
  }
  return next;
}

std::string JobMachine::Impl::DeferredWords() const {
  std::string words;
  for (const auto& [site, deferral] : deferrals) {
    if (!ready.contains(site) || !MayTakePart(site) || !IsDeferred(site)) continue;
    absl::StrAppend(&words, "; ", site, " does not take part yet: ", deferral.reason);
  }
  return words;
}

size_t JobMachine::Impl::NumWaitingMembers() const {
  return static_cast<size_t>(
      std::count_if(members.begin(), members.end(), [](const auto& member) { return member.second.waits; }));
}

void JobMachine::Impl::Postpone(const std::string& reason, absl::Duration now, Actions& actions) {
  EndAttempt(reason, actions);
  // Also where others could be asked: sites that wait in turns would keep the job for ever.
  if (postponed && now >= patience_ends) {
    return Finish(v1::JOB_FAILED, absl::StrCat("gave up after ", absl::FormatDuration(limits.patience), ": ", reason),
                  actions);
  }
  phase = Phase::kWaiting;
  members.clear();
  if (!postponed) patience_ends = now + limits.patience;
  postponed = true;
  FailIfHopeless(actions);
}

}  // namespace accord
