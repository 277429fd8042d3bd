// The state that the files state_*.cc of JobMachine share. Included by those files only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "coordinator/jobs/job_machine.h"
#include "coordinator/programs/job_program.h"

namespace accord {

// What an attempt's record says where the job ended in it.
std::string WhyAbandoned(const CancelRequested& asked);

struct JobMachine::Impl {
  using Actions = std::vector<JobAction>;

  enum class Phase { kWaiting, kGathering, kKeying, kCollecting, kOpening, kSeeking, kBuffering, kClosing, kFinal };

  // One planned site of the current attempt.
  struct Member {
    enum class Status {
      kWorking,   // is asked for its key, or has the plan; or will again when its connection is back
      kVerified,  // its key is there; its upload is complete and folded
      kOut,       // left out of this attempt, for `reason`
    };
    Status status = Status::kWorking;
    absl::Duration last_moved;
    std::string reason;
    std::string instance;  // that holds its key
    bool refused = false;  // out by its own word: not told that it is out, not asked again in this attempt
    bool waits = false;    // that word was that its people have not decided
    // While the sum is opened:
    bool awaited = false;  // something is awaited from it
    bool lost = false;     // MemberLost was said
  };

  // FedBuff: one site's plan, which may outlive the round that it began in.
  struct Flight {
    enum class Status {
      kWorking,  // has the plan; or will again when its connection is back
      kArrived,  // its change is complete and waits for a round
      kClosing,  // it is in the round that is being closed
    };
    Status status = Status::kWorking;
    v1::PlanId plan;
    absl::Duration last_moved;
    absl::Duration ends;
    uint64_t arrival = 0;
  };

  // A site that is there and waits for its people: not asked before `ask_at`.
  struct Deferral {
    std::string reason;
    absl::Duration refused_at;
    absl::Duration pause;   // doubled with each refusal
    absl::Duration ask_at;  // infinite past: it may be asked
    int wakes = 0;          // how often its own word had it asked early, since it was in a round last
  };

  // As the job says them.
  struct Limits {
    uint32_t min_sites = 1;
    uint32_t target_sites = 1;
    uint32_t most_sites = 1;  // that the ring can add up
    absl::Duration gather;
    absl::Duration silence;
    absl::Duration deadline;
    uint32_t max_attempts = 1;
    absl::Duration patience;
    absl::Duration turn_wait;  // for the site whose turn it is
  };

  Impl(std::string id, const v1::JobSpec& spec, const JobProgress& progress, absl::Duration now);

  // The latest epoch: its members, and the instance of each that holds a key of it.
  struct Epoch {
    std::map<std::string, std::string> members;
  };

  const std::string job_id;
  const Limits limits;
  const bool secure;                    // masked sums
  const uint32_t colluders;             // organisations that may lie together
  const bool sparse_graph;              // whose members show nonces
  const std::set<std::string> invited;  // empty: everybody
  const uint32_t buffer;                // changes that make a round of FedBuff; 0: the job has none
  const uint32_t max_staleness;         // of a change in it
  const JobProgram program;

  Phase phase = Phase::kWaiting;
  v1::JobState job_state = v1::JOB_WAITING;
  std::string told_reason;       // of the last StateChanged
  std::string told_waiting_for;  // of the last StateChanged
  bool told = false;

  std::set<std::string> known;  // sites that there are; empty: nobody has said
  std::set<std::string> ready;
  std::map<std::string, std::string> instances;  // of each site that was ready once
  std::map<std::string, std::string> absent;     // sites that were ready once: why they are not any more
  std::map<std::string, std::string> excluded;   // refused for good, and why
  std::map<std::string, Deferral> deferrals;     // of sites that refused for now, until a round with them is done

  uint32_t step = 0;
  std::string turn_of;  // whose turn the step is; empty: everybody's
  uint32_t next_attempt = 1;
  uint32_t failed_attempts = 0;  // at this step
  bool postponed = false;        // patience_ends runs since an attempt ended for sites that wait
  v1::PlanId plan;               // of the attempt under way (kKeying to kClosing)
  std::map<std::string, Member> members;
  std::map<std::string, Flight> flights;        // by site
  std::map<std::string, std::string> grounded;  // sites that are not asked again in this round of FedBuff, and why
  uint64_t next_arrival = 0;
  std::optional<Epoch> epoch;
  bool epoch_formed = false;              // in kKeying: the keys are there, nonces are awaited
  bool epoch_outdated = false;            // the roster has changed since the keys of the latest epoch were asked for
  std::set<std::string> asked;            // sites of every attempt at this step
  std::map<std::string, Bound> claims;    // what organisations say that sites are bound to at this step
  std::optional<Bound> bound;             // at this step
  std::optional<Bound> sought;            // for which an earlier sum was sought last, at this step
  std::optional<Bound> recorded;          // at this step, by the coordinator's record: nobody's word that he signed
  std::string unmet;                      // why the job cannot sum what `recorded` says; empty: it can
  std::string held_back;                  // by another job that sums the same columns; empty: not
  std::optional<CancelRequested> cancel;  // arrived while opening or closing
  std::string papers_hold;                // the job's papers let nothing be planned now; empty: they do
  std::string rounds_hold;                // no job begins an attempt now; empty: they do
  std::optional<std::set<std::string>> approving;  // the only sites that may be asked; nullopt: any

  absl::Duration patience_ends;
  absl::Duration turn_ends;   // when the step is skipped if its site is not there, but another
  absl::Duration held_since;  // where held_back is not empty
  absl::Duration hold_since;  // where IsHeld
  absl::Duration gather_ends;
  absl::Duration not_before;  // the next attempt starts no earlier: failed attempts back off
  absl::Duration attempt_ends;
  absl::Duration checked_at;  // when silence was last looked for
  std::string final_reason;

  // job_machine.cc
  bool MayTakePart(const std::string& site) const;
  void Tell(v1::JobState state, const std::string& reason, const std::string& waiting_for, Actions& actions);
  void OnSiteReady(const SiteReady& event, absl::Duration now, Actions& actions);
  void OnSiteGone(const SiteGone& event, Actions& actions);
  void OnRefused(const SiteRefused& event, absl::Duration now, Actions& actions);
  void OnCancel(const CancelRequested& event, Actions& actions);
  void FinishAsAsked(const CancelRequested& asked, Actions& actions);
  void OnRoundFailed(const RoundFailed& event, absl::Duration now, Actions& actions);

  // state_waiting.cc
  void EnterWaiting(absl::Duration now, Actions& actions);
  void ConsiderGathering(absl::Duration now, Actions& actions);
  void OnHeldBack(const HeldBack& event, absl::Duration now);
  void OnPapersJudged(const PapersJudged& event, absl::Duration now, Actions& actions);
  // One of the two holds is now for this reason; empty: not any more.
  void Hold(std::string& which, const std::string& reason, absl::Duration now);
  bool IsHeld() const { return !papers_hold.empty() || !rounds_hold.empty(); }
  bool HasApproved(const std::string& site) const;
  // Why no attempt may begin now, whoever is ready: the job's papers, another job's turn, or a set that this job cannot
  // sum. Empty: one may.
  std::string WhyNotNow() const;
  bool SumsSameForEveryJob() const;
  // True (and the job failed) when too few sites are left that could ever take part.
  bool FailIfHopeless(Actions& actions);
  // Ready sites that may take part, at most as many as the ring can add up; of those that `bound` names, if it does.
  std::vector<std::string> Candidates() const;
  bool SufficeToStart(const std::vector<std::string>& candidates) const;
  std::string WaitingWords() const;

  // deferrals.cc
  void Defer(const SiteRefused& refusal, absl::Duration now);
  // Sites whose pause is over may be asked again, and with them those whose pause is almost.
  void EndPauses(absl::Duration now);
  // Something of it has arrived. How long it paused, and how often it was woken, counts until a round with it is done.
  void EndPause(const std::string& site);
  // The site itself says that it can be asked.
  void WakeDeferred(const std::string& site, absl::Duration now);
  bool IsDeferred(const std::string& site) const;
  // When the next pause ends; infinite: nobody's does.
  absl::Duration NextPauseEnds() const;
  // "; SITE does not take part yet: REASON" of each.
  std::string DeferredWords() const;
  // Members that refused this attempt because they wait, whatever became of their pause meanwhile.
  size_t NumWaitingMembers() const;
  // Ends an attempt that would have had enough sites with those that wait. It is none of the failed ones.
  void Postpone(const std::string& reason, absl::Duration now, Actions& actions);

  // turns.cc
  void BeginStep(uint32_t next, absl::Duration now);
  // When a turn whose site is not there is skipped; infinite: this is no turn, its site is there, or nobody is.
  absl::Duration SkippingTime() const;
  void ConsiderSkipping(absl::Duration now, Actions& actions);
  void SkipTurn(std::string reason, absl::Duration now, Actions& actions);

  // state_gathering.cc
  void ConsiderCollecting(absl::Duration now, Actions& actions);
  void StartAttempt(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions);
  absl::Duration GatheringWakeup() const;
  // Nobody else could come: every site that there is, or that the job names, is ready or takes no part.
  bool EverybodyIsReady() const;

  // state_keying.cc
  void NumberAttempt(const std::vector<std::string>& cohort, absl::Duration now);
  bool EpochFits(const std::vector<std::string>& cohort) const;
  void EnterKeying(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions);
  void OnReadyWhileKeying(const std::string& site, absl::Duration now, Actions& actions);
  void OnKeyOrNonce(const std::string& site, const v1::PlanId& id, bool nonce, absl::Duration now);
  void ConsiderKeyed(absl::Duration now, Actions& actions);

  // state_collecting.cc
  // With a plan that NumberAttempt has numbered.
  void EnterCollecting(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions);
  // Sites that must be verified before a sum can be opened or, in a plain sum, closed.
  size_t EnoughSites() const;
  void OnReadyWhileCollecting(const std::string& site, absl::Duration now, Actions& actions);
  void OnMoved(const SiteMoved& event, absl::Duration now);
  void OnUpload(const UploadArrived& event, absl::Duration now, Actions& actions);
  void LeaveOut(const std::string& site, const std::string& reason);
  void ConsiderClosing(absl::Duration now, Actions& actions);
  // Of kKeying and kCollecting: working members that still move, and the end for those that do not.
  size_t MovingSites(absl::Duration now) const;
  void LeaveOutWhoeverStandsStill(absl::Duration now);
  std::string WhySoMany() const;
  void TellWhoIsMissing(size_t enough, Actions& actions);
  absl::Duration CollectingWakeup() const;
  bool IsSilent(const Member& member, absl::Duration now) const;
  std::string WhyStillOut(const std::string& site, const Member& member, absl::Duration now) const;
  bool IsCurrent(const v1::PlanId& id) const;
  std::vector<v1::SiteAbsence> Absences() const;
  std::vector<std::string> SitesThatAre(Member::Status status) const;
  // To every ready site that is `status` and has not refused.
  void TellMembers(Member::Status status, v1::PlanEnd::Outcome outcome, Actions& actions, const std::string& reason);

  // state_opening.cc
  // Its key of the present epoch is gone.
  bool HasForgotten(const std::string& site) const;
  void EnterOpening(absl::Duration now, Actions& actions);
  void OnReadyWhileOpening(const std::string& site, absl::Duration now, Actions& actions);
  void OnAwaited(const SurvivorsAwaited& event, absl::Duration now);
  void LoseMember(const std::string& site, const std::string& reason, bool for_good, Actions& actions);
  void ConsiderOpened(absl::Duration now, Actions& actions);
  absl::Duration OpeningWakeup() const;
  void OnSumOpened(const SumOpened& event, Actions& actions);
  void OnSumLost(const SumLost& event, absl::Duration now, Actions& actions);
  void OnSurvivorRefused(const SiteRefused& event, Actions& actions);
  // What a site is bound to it is bound to in every attempt at the step: its word counts whichever of them it refused.
  bool SpeaksOfThisStep(const SiteRefused& event) const;
  // Also between attempts: the first refusal ends one that needs everybody, before the others have said the same.
  void OnRefusedBecauseBound(const SiteRefused& event, absl::Duration now, Actions& actions);
  void OnStepBound(const StepBound& event, absl::Duration now, Actions& actions);
  void OnBoundReleased();
  // Nothing can be summed at this step but what sites are bound to: with them, or by an earlier sum.
  void HoldTo(const Bound& held, absl::Duration now, Actions& actions);

  // state_seeking.cc
  // The sum of a model is this job's alone, but columns are summed for every job: where those who are bound cannot sum
  // them now, or not for this job, an earlier sum may serve.
  bool SeeksFor(const Bound& held) const;
  void EnterSeeking(const Bound& held, absl::Duration now, Actions& actions);
  void OnSumReused(const SumReused& event, absl::Duration now, Actions& actions);
  void OnSumNotKept(const SumNotKept& event, Actions& actions);
  // Why the step cannot be bound so: other sites are bound to others, or the job's own rules. Empty: it can.
  std::string WhyNotBind(const Bound& held) const;
  // Binds the step, or fails the job; where only the record says so, it waits until it is released.
  void Bind(const Bound& held, Actions& actions);

  // state_buffering.cc
  bool Buffers() const;
  // nullptr: the plan is not the site's.
  Flight* FlightOf(const std::string& site, const v1::PlanId& id);
  std::vector<std::string> SitesOfFlights(Flight::Status status) const;
  void Land(const std::string& site, v1::PlanEnd::Outcome outcome, const std::string& reason, Actions& actions);
  void Ground(const std::string& site, const std::string& reason, Actions& actions);
  void OnReadyWhileBuffering(const std::string& site, absl::Duration now, Actions& actions);
  void OnChange(const UploadArrived& event, absl::Duration now);
  void OnFlightRefused(const SiteRefused& event, Actions& actions);
  void OnFlightFailed(const RoundFailed& event, absl::Duration now, Actions& actions);
  void EnterBuffering(absl::Duration now);
  void ConsiderBuffer(absl::Duration now, Actions& actions);
  bool AskAgain(absl::Duration now, Actions& actions);
  void BeginFlights(absl::Duration now, Actions& actions);
  void CloseBuffer(Actions& actions);
  void LandClosing(v1::PlanEnd::Outcome outcome, const std::string& reason, Actions& actions);
  void LandWhoeverIsLate(Actions& actions);
  std::string BufferWords() const;
  absl::Duration BufferingWakeup() const;

  // state_closing.cc
  void EnterClosing(Actions& actions);
  void OnCommitted(const RoundCommitted& event, absl::Duration now, Actions& actions);
  // The step is done. `next_step`, `end_reason`: as in RoundCommitted.
  void Advance(absl::Duration now, Actions& actions, uint32_t next_step = 0, const std::string& end_reason = "");

  // attempt_abandoned.cc
  // Pause before another attempt at the same step: 1 s, doubled each time, at most 30 s, so that sites that refuse at
  // once do not use up every attempt within a blink.
  static absl::Duration BackOff(uint32_t failed_attempts);
  void Abandon(const std::string& reason, absl::Duration now, Actions& actions);
  // The same without counting it among the failed ones.
  void EndAttempt(const std::string& reason, Actions& actions);

  // state_final.cc
  void Finish(v1::JobState state, const std::string& reason, Actions& actions);
  void OnReadyWhenFinal(const std::string& site, Actions& actions);
};

}  // namespace accord
