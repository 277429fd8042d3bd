// Buffering: a round of FedBuff collects changes. Each site that is ready has a plan of its own, its flight, from the
// model that was the latest when it began; a change that has arrived waits in the buffer. Ends when `buffer` changes
// have arrived: then Closing, while the other sites go on and what they send waits for the round after. A site is told
// that its change counts once the round that it is in is durable, so nothing that was acknowledged is lost by a crash;
// what was not is computed anew.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

bool JobMachine::Impl::Buffers() const { return buffer > 0 && program.KindOf(step) == v1::STEP_TRAIN; }

JobMachine::Impl::Flight* JobMachine::Impl::FlightOf(const std::string& site, const v1::PlanId& id) {
  const auto found = flights.find(site);
  if (found == flights.end() || id.job_id() != job_id || found->second.plan.step() != id.step() ||
      found->second.plan.attempt() != id.attempt()) {
    return nullptr;
  }
  return &found->second;
}

std::vector<std::string> JobMachine::Impl::SitesOfFlights(Flight::Status status) const {
  std::vector<std::string> sites;
  for (const auto& [site, flight] : flights) {
    if (flight.status == status) sites.push_back(site);
  }
  return sites;
}

void JobMachine::Impl::Land(const std::string& site, v1::PlanEnd::Outcome outcome, const std::string& reason,
                            Actions& actions) {
  const auto flight = flights.find(site);
  if (flight == flights.end()) return;
  if (ready.contains(site)) actions.push_back(SendPlanEnd{site, flight->second.plan, outcome, reason});
  actions.push_back(EndFlight{site});
  flights.erase(flight);
}

void JobMachine::Impl::Ground(const std::string& site, const std::string& reason, Actions& actions) {
  grounded[site] = reason;
  Land(site, v1::PlanEnd::LEFT_OUT, reason, actions);
}

void JobMachine::Impl::OnReadyWhileBuffering(const std::string& site, absl::Duration now, Actions& actions) {
  grounded.erase(site);
  const auto flight = flights.find(site);
  if (flight == flights.end() || flight->second.status != Flight::Status::kWorking) return;
  flight->second.last_moved = now;
  actions.push_back(SendPlan{site, flight->second.plan});
}

void JobMachine::Impl::OnChange(const UploadArrived& event, absl::Duration now) {
  Flight* flight = FlightOf(event.site, event.plan);
  if (flight == nullptr || flight->status != Flight::Status::kWorking) return;
  flight->status = Flight::Status::kArrived;
  flight->arrival = next_arrival++;
  EndPause(event.site);
  patience_ends = now + limits.patience;
}

void JobMachine::Impl::OnFlightRefused(const SiteRefused& event, Actions& actions) {
  const Flight* flight = FlightOf(event.site, event.plan);
  if (flight == nullptr || flight->status != Flight::Status::kWorking) return;
  if (!IsDeferred(event.site)) grounded[event.site] = event.reason;
  actions.push_back(EndFlight{event.site});  // it knows
  flights.erase(event.site);
}

void JobMachine::Impl::OnFlightFailed(const RoundFailed& event, absl::Duration now, Actions& actions) {
  const auto failed = std::find_if(flights.begin(), flights.end(), [&](const auto& flight) {
    return flight.second.plan.attempt() == event.plan.attempt();
  });
  if (failed == flights.end()) return;
  actions.push_back(EndFlight{failed->first});
  flights.erase(failed);
  ++failed_attempts;
  if (event.final || failed_attempts >= limits.max_attempts) return Finish(v1::JOB_FAILED, event.reason, actions);
  not_before = now + BackOff(failed_attempts);
}

void JobMachine::Impl::ConsiderBuffer(absl::Duration now, Actions& actions) {
  checked_at = now;
  for (const std::string& site : SitesOfFlights(Flight::Status::kWorking)) {
    const Flight& flight = flights[site];
    if (now - flight.last_moved >= limits.silence) {
      Ground(site, absl::StrCat("no progress for ", absl::FormatDuration(limits.silence)), actions);
    } else if (now >= flight.ends) {
      Ground(site, absl::StrCat("not done within the deadline of ", absl::FormatDuration(limits.deadline)), actions);
    }
  }
  if (now >= not_before && SitesOfFlights(Flight::Status::kArrived).size() >= buffer) return CloseBuffer(actions);
  if (now >= patience_ends && !IsHeld()) {
    return Finish(v1::JOB_FAILED,
                  absl::StrCat("gave up after ", absl::FormatDuration(limits.patience),
                               " without another change: ", BufferWords()),
                  actions);
  }
  if (!AskAgain(now, actions)) return;
  BeginFlights(now, actions);
  if (flights.empty()) {
    const std::string held = WhyNotNow();
    return Tell(v1::JOB_WAITING, "", held.empty() ? WaitingWords() : held, actions);
  }
  const bool nobody_works = SitesOfFlights(Flight::Status::kWorking).empty();
  Tell(v1::JOB_RUNNING, "", nobody_works ? BufferWords() : "", actions);
}

// Where nobody works and sites that are there were grounded, they are asked again after a pause, as other jobs try a
// round again. False: the job has failed.
bool JobMachine::Impl::AskAgain(absl::Duration now, Actions& actions) {
  const bool some_are_here =
      std::any_of(grounded.begin(), grounded.end(), [this](const auto& site) { return ready.contains(site.first); });
  if (!some_are_here || now < not_before || !SitesOfFlights(Flight::Status::kWorking).empty()) return true;
  ++failed_attempts;
  if (failed_attempts >= limits.max_attempts) {
    Finish(v1::JOB_FAILED, absl::StrCat("sites were asked ", failed_attempts, " times: ", BufferWords()), actions);
    return false;
  }
  grounded.clear();
  not_before = now + BackOff(failed_attempts);
  return true;
}

void JobMachine::Impl::BeginFlights(absl::Duration now, Actions& actions) {
  if (now < not_before || !WhyNotNow().empty()) return;
  for (const std::string& site : Candidates()) {
    if (flights.contains(site) || grounded.contains(site)) continue;
    Flight& flight = flights[site];
    flight.plan.set_job_id(job_id);
    flight.plan.set_step(step);
    flight.plan.set_attempt(next_attempt++);
    flight.last_moved = now;
    flight.ends = now + limits.deadline;
    actions.push_back(BeginFlight{site, flight.plan});
    actions.push_back(SendPlan{site, flight.plan});
  }
}

// With the first that arrived; who came while a round was closed is first in the next one.
void JobMachine::Impl::CloseBuffer(Actions& actions) {
  std::vector<std::string> sites = SitesOfFlights(Flight::Status::kArrived);
  std::sort(sites.begin(), sites.end(),
            [this](const auto& a, const auto& b) { return flights[a].arrival < flights[b].arrival; });
  sites.resize(buffer);
  std::sort(sites.begin(), sites.end());
  for (const std::string& site : sites) flights[site].status = Flight::Status::kClosing;
  plan.set_job_id(job_id);
  plan.set_step(step);
  plan.set_attempt(next_attempt++);
  members.clear();
  phase = Phase::kClosing;
  std::vector<v1::SiteAbsence> absences;
  for (const auto& [site, reason] : grounded) {
    absences.emplace_back();
    absences.back().set_site(site);
    absences.back().set_reason(reason);
  }
  actions.push_back(CompleteRound{plan, std::move(sites), std::move(absences)});
}

// The round that the step before was is durable; or none is and its changes are gone.
void JobMachine::Impl::LandClosing(v1::PlanEnd::Outcome outcome, const std::string& reason, Actions& actions) {
  for (const std::string& site : SitesOfFlights(Flight::Status::kClosing)) {
    if (outcome == v1::PlanEnd::SUMMED) deferrals.erase(site);
    Land(site, outcome, reason, actions);
  }
}

void JobMachine::Impl::EnterBuffering(absl::Duration now) {
  phase = Phase::kBuffering;
  members.clear();
  patience_ends = now + limits.patience;
}

// Another step has begun: who is too far behind begins anew, and after the last round everybody is done.
void JobMachine::Impl::LandWhoeverIsLate(Actions& actions) {
  grounded.clear();
  for (auto next = flights.begin(); next != flights.end();) {
    const std::string site = (next++)->first;  // Land takes it out
    const uint32_t staleness = step - flights[site].plan.step();
    if (!Buffers()) {
      Land(site, v1::PlanEnd::LEFT_OUT, "the job has had its last round", actions);
    } else if (staleness > max_staleness) {
      Land(site, v1::PlanEnd::LEFT_OUT, absl::StrCat("its model is ", staleness, " rounds out of date"), actions);
    }
  }
}

std::string JobMachine::Impl::BufferWords() const {
  const std::vector<std::string> arrived = SitesOfFlights(Flight::Status::kArrived);
  std::string words =
      absl::StrCat(program.Describe(step), " has ", arrived.size(), " of the ", buffer, " changes that it needs",
                   arrived.empty() ? "" : absl::StrCat(" (", absl::StrJoin(arrived, ", "), ")"));
  for (const auto& [site, why] : grounded) absl::StrAppend(&words, "; ", site, ": ", why);
  for (const auto& [site, why] : absent) {
    if (!grounded.contains(site) && MayTakePart(site)) absl::StrAppend(&words, "; ", site, ": ", why);
  }
  absl::StrAppend(&words, DeferredWords());
  for (const auto& [site, why] : excluded) absl::StrAppend(&words, "; ", site, " does not take part: ", why);
  return words;
}

absl::Duration JobMachine::Impl::BufferingWakeup() const {
  absl::Duration wakeup = !IsHeld() ? patience_ends : absl::InfiniteDuration();
  if (!IsHeld()) wakeup = std::min(wakeup, NextPauseEnds());
  if (not_before > checked_at) wakeup = std::min(wakeup, not_before);
  for (const auto& [site, flight] : flights) {
    if (flight.status != Flight::Status::kWorking) continue;
    wakeup = std::min({wakeup, flight.ends, flight.last_moved + limits.silence});
  }
  return wakeup;
}

}  // namespace accord
