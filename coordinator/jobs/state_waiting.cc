// Waiting: nobody has a plan, and fewer than min_sites are ready (of a turn: its site is not), or it is another job's
// turn. Ends when they are and it is not, or when patience_s are over. Or the job's papers let nothing be planned:
// approvals are missing, or its hours closed. Or nothing may be planned by anybody, because the federation's log has no
// late time stamp.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/step_schema.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::EnterWaiting(absl::Duration now, Actions& actions) {
  phase = Phase::kWaiting;
  members.clear();
  patience_ends = now + limits.patience;
  postponed = false;
  FailIfHopeless(actions);
}

void JobMachine::Impl::ConsiderGathering(absl::Duration now, Actions& actions) {
  const std::string held = WhyNotNow();
  if (Buffers()) return EnterBuffering(now);
  if (held.empty() && SufficeToStart(Candidates())) {
    phase = Phase::kGathering;
    gather_ends = now + limits.gather;
    return;
  }
  const std::string words = held.empty() ? WaitingWords() : held;
  if (now < patience_ends || IsHeld()) return Tell(v1::JOB_WAITING, "", words, actions);
  Finish(v1::JOB_FAILED, absl::StrCat("gave up after ", absl::FormatDuration(limits.patience), ": ", words), actions);
}

void JobMachine::Impl::OnHeldBack(const HeldBack& event, absl::Duration now) {
  if (held_back.empty() && !event.reason.empty()) held_since = now;
  // Only what other jobs took is given back: else those that come and go would keep this one waiting for ever.
  if (!held_back.empty() && event.reason.empty()) patience_ends += now - held_since;
  held_back = event.reason;
}

// Waiting for people is bounded by the order's end, and for time stamps by whoever runs the coordinator; waiting for
// sites begins when they may be asked.
void JobMachine::Impl::Hold(std::string& which, const std::string& reason, absl::Duration now) {
  const bool was_held = IsHeld();
  which = reason;
  if (!was_held && IsHeld()) hold_since = now;
  if (was_held && !IsHeld()) {
    patience_ends = postponed ? patience_ends + (now - hold_since) : now + limits.patience;
    turn_ends = now + limits.turn_wait;
  }
}

void JobMachine::Impl::OnPapersJudged(const PapersJudged& event, absl::Duration now, Actions& actions) {
  Hold(papers_hold, event.hold, now);
  approving = event.approving;
  size_t num_new = 0;
  for (const std::string& site : event.refusing) {
    num_new += excluded.insert_or_assign(site, "it refused the job's order").second ? 1 : 0;
  }
  if (num_new > 0 && (phase == Phase::kWaiting || phase == Phase::kGathering)) FailIfHopeless(actions);
}

bool JobMachine::Impl::HasApproved(const std::string& site) const {
  return !approving.has_value() || approving->contains(site);
}

std::string JobMachine::Impl::WhyNotNow() const {
  if (IsHeld()) return papers_hold.empty() ? rounds_hold : papers_hold;
  return !held_back.empty() && SumsSameForEveryJob() ? held_back : unmet;
}

bool JobMachine::Impl::SumsSameForEveryJob() const { return secure && !ReadsModel(program.KindOf(step)); }

bool JobMachine::Impl::FailIfHopeless(Actions& actions) {
  if (limits.min_sites > limits.most_sites) {
    Finish(v1::JOB_FAILED,
           absl::StrCat("the job needs ", limits.min_sites,
                        " sites in a round, and with its "
                        "aggregation.max_rows_per_site a round can add up at most ",
                        limits.most_sites),
           actions);
    return true;
  }
  if (invited.empty()) return false;
  const auto possible = static_cast<uint32_t>(
      std::count_if(invited.begin(), invited.end(), [&](const std::string& site) { return MayTakePart(site); }));
  const uint32_t needed = std::max(limits.min_sites, buffer);
  if (possible >= needed) return false;
  std::string reason = absl::StrCat("the job needs ", needed, " sites, and only ", possible, " of the ", invited.size(),
                                    " it names can take part");
  for (const auto& [site, why] : excluded) absl::StrAppend(&reason, "; ", site, ": ", why);
  Finish(v1::JOB_FAILED, reason, actions);
  return true;
}

std::vector<std::string> JobMachine::Impl::Candidates() const {
  std::vector<std::string> sites;
  for (const std::string& site : ready) {
    const bool held = !bound.has_value() || std::binary_search(bound->sites.begin(), bound->sites.end(), site);
    const bool called = turn_of.empty() || site == turn_of;
    const bool asked_now = MayTakePart(site) && HasApproved(site) && !IsDeferred(site);
    if (held && called && asked_now && sites.size() < limits.most_sites) {
      sites.push_back(site);
    }
  }
  return sites;
}

bool JobMachine::Impl::SufficeToStart(const std::vector<std::string>& candidates) const {
  return candidates.size() >= (bound.has_value() ? bound->sites.size() : limits.min_sites);
}

std::string JobMachine::Impl::WaitingWords() const {
  const std::vector<std::string> here = Candidates();
  std::string words;
  if (bound.has_value() && !SufficeToStart(here)) {
    words = absl::StrCat("waits for exactly ", absl::StrJoin(bound->sites, ", "),
                         ": they have signed that this step is summed over them, and it is summed over no others, "
                         "because a difference of two sums would expose single sites. Nothing has been opened");
  } else if (!turn_of.empty() && here.empty()) {
    words = absl::StrCat("waits for ", turn_of, ": ", program.Describe(step));
  } else if (here.size() < limits.min_sites) {
    const size_t lacking = limits.min_sites - here.size();
    words = absl::StrCat("waits for ", lacking, lacking == 1 ? " more site" : " more sites");
  } else if (here.size() < limits.target_sites) {
    words = absl::StrCat("enough sites are ready, waits up to ", absl::FormatDuration(limits.gather), " for ",
                         limits.target_sites);
  } else {
    words = "tries again shortly";
  }
  absl::StrAppend(&words, " (needed: ", limits.min_sites,
                  "; ready: ", here.empty() ? "none" : absl::StrJoin(here, ", "));
  for (const std::string& site : invited) {
    if (!ready.contains(site) && !absent.contains(site) && !excluded.contains(site)) {
      absl::StrAppend(&words, "; ", site, ": not connected");
    }
  }
  for (const auto& [site, why] : absent) {
    if (MayTakePart(site)) absl::StrAppend(&words, "; ", site, ": ", why);
  }
  for (const std::string& site : ready) {
    if (MayTakePart(site) && !HasApproved(site)) absl::StrAppend(&words, "; ", site, ": has not approved the order");
  }
  absl::StrAppend(&words, DeferredWords());
  for (const auto& [site, why] : excluded) absl::StrAppend(&words, "; ", site, " does not take part: ", why);
  return absl::StrCat(words, ")");
}

}  // namespace accord
