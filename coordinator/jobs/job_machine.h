// One job at the coordinator as a state machine without I/O: Handle(event) -> actions.
//
// The machine knows which sites are there, plans rounds, waits, leaves silent sites out, and decides when a round
// closes, is abandoned or the job ends. It never sees a number of anybody's vector, a file or a socket. Time comes with
// the events.
//
//   Waiting --min_sites ready--> Gathering --target_sites or all that there are ready, or gather_s over--> Keying
//   Keying --every site of the cohort has an epoch key (at once where the last epoch still fits)--> Collecting
//   Collecting --all verified; or enough verified and nobody else moves any more, or deadline_s over--> Opening
//   Collecting --fewer than enough can still arrive--> (attempt abandoned) Waiting
//   Opening --the survivors have revealed what removes the masks--> Closing;  --they cannot--> (abandoned) Waiting
//   Closing --committed--> Waiting for the next step, or final;  any --cancel, max_attempts, patience_s--> final
//
// A job with plain sums has neither Keying nor Opening. Enough: min_sites, and in a secure sum the 2/3 of the cohort
// that must sign a survivor set (aggregation/secure/messages/quorum.h). After an attempt in which a survivor set was
// signed but not opened, only an attempt by exactly that set can follow (`Bound`), because a sum over others would
// expose single sites; a restart changes nothing of that (StepBound).
//
// A site moves while SiteMoved or SiteReady comes within silence_s: slowness alone leaves nobody out before deadline_s.
// With cyclic weight transfer a step may be one site's turn: its cohort is that site, and where it is not there while
// others are, or does not finish, the turn is skipped (SkipTurn).
// A round of FedBuff has no cohort: each site has a plan of its own (Buffering, state_buffering.cc).
//
// Every job ends in a final state with a reason: each wait is bounded by patience_s (for approvals: by the order's own
// end, which the engine tells), each attempt by deadline_s,
// attempts at one step by max_attempts (counted from the coordinator's start; those that only lacked sites that wait
// for their people are bounded by patience_s together). NextWakeup() names the moment at which silence itself becomes
// an event. The whole machine in tables: docs/states.md. Not thread-safe. Deterministic: the same events give the same
// actions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// ---- events ----
// The only sites with which a step can still be summed, and for how many its vectors are encoded.
struct Bound {
  std::vector<std::string> sites;  // sorted
  uint32_t encoding_sites = 0;

  bool operator==(const Bound&) const = default;
};

// A site's stream is up and it takes plans for this job's data set (a paused site, or one without the data set, is not
// ready).
struct SiteReady {
  std::string site;
  std::string instance = "";  // changes whenever the site has forgotten its epoch keys
};
// The sites that there are, connected or not: once all that may take part are ready, there is nobody left to gather.
// Whoever joins later is gathered from the next attempt on.
struct SitesKnown {
  std::vector<std::string> sites;
};
// It is not any more: connection lost, paused, data set withdrawn. Its verified upload, if any, stays in the round. A
// site that is merely out of reach may come back and go on where it was; one that left on purpose (`withdrawn`: paused,
// data set withdrawn) is not waited for.
struct SiteGone {
  std::string site;
  std::string reason;
  bool withdrawn = false;
  bool says_why = false;  // the reason counts also where the site was never ready
};
// Anything that shows the site moves: progress message or upload bytes. `plan` may be an old one: ignored then.
struct SiteMoved {
  std::string site;
  v1::PlanId plan;
};
// An upload is whole and, if masked, like the hash that its site signed; staged, not yet folded.
struct UploadArrived {
  std::string site;
  v1::PlanId plan;
};
struct SiteRefused {
  std::string site;
  v1::PlanId plan;
  std::string reason;
  bool permanent = false;
  std::optional<Bound> bound = std::nullopt;  // what the site signed before and holds on to
  std::string organisation = "";              // the site's; empty: it is one of its own
  bool waits = false;  // people at the site, or its clock, can change it: the site counts as one that is not there yet
};
// The site's epoch key (and, once the epoch is formed and its graph sparse, its nonce) is here and verified.
struct KeyArrived {
  std::string site;
  v1::PlanId plan;
};
struct NonceArrived {
  std::string site;
  v1::PlanId plan;
};
// While the sum is opened: from whom something is awaited now. Silence counts for these only.
struct SurvivorsAwaited {
  v1::PlanId plan;
  std::vector<std::string> sites;
};
// Answers to OpenSum: the masks of exactly `sites` are known, or never will be. `bound`: a survivor set was signed.
struct SumOpened {
  v1::PlanId plan;
  std::vector<std::string> sites;
  std::vector<v1::SiteAbsence> absences;  // of verified sites that are not among them
};
struct SumLost {
  v1::PlanId plan;
  std::string reason;
  std::optional<Bound> bound;
};
// By the coordinator's own record sites were shown this set at this step, perhaps before a restart or for an earlier
// job that sums the same columns. Who of them signed it is not known.
struct StepBound {
  Bound bound;
};
// Enough members have signed that they never will sign the set that `bound` names.
struct BoundReleased {};
// Another job sums the same columns now, and sites sign such a sum over one set of survivors only: two jobs that did so
// side by side could divide the sites for good. `reason` names it; empty: it does not any more.
struct HeldBack {
  std::string reason;
};
// What the job's order and its approvals let it do now (docs/governance.md). A job without an order is told nothing.
struct PapersJudged {
  std::string hold;                                // why nothing may be planned now; empty: it may
  std::optional<std::set<std::string>> approving;  // the only sites that may be asked; nullopt: any
  std::set<std::string> refusing;                  // sites that refused the order, for good
};
// No job may begin an attempt now, whoever is ready: the federation's log is not stamped (docs/log.md). Empty: it may.
struct RoundsHeld {
  std::string reason;
};
// The roster is another one: no site takes part in a new attempt of an epoch that was agreed on under the one before.
struct RosterChanged {};
// Answers to SeekSum: an earlier sum over the same sites has taken this one's place, durably; or there is none.
struct SumReused {
  v1::PlanId plan;
};
struct SumNotKept {
  v1::PlanId plan;
};
// The engine's answer to CompleteRound: the new model, the report and the next attempt's number are durable.
struct RoundCommitted {
  v1::PlanId plan;
  uint32_t next_step = 0;  // where it is not the following one: rounds that a converged fit has no use for are left out
  std::string end_reason = "";  // why the job is over, if it is
};
// The engine could not begin or complete the attempt (disk full, every weight zero ...). `final` ends the job, else a
// new attempt.
struct RoundFailed {
  v1::PlanId plan;
  std::string reason;
  bool final = false;
};
struct CancelRequested {
  std::string reason;
  bool mandate_lost = false;  // nobody asked for it: the job's order does not hold any more. It ends as FAILED
};
// Time has passed (NextWakeup reached, or simply so).
struct Tick {};
using JobEvent =
    std::variant<SiteReady, SitesKnown, SiteGone, SiteMoved, UploadArrived, SiteRefused, KeyArrived, NonceArrived,
                 SurvivorsAwaited, SumOpened, SumLost, StepBound, BoundReleased, HeldBack, PapersJudged, RoundsHeld,
                 RosterChanged, SumReused, SumNotKept, RoundCommitted, RoundFailed, CancelRequested, Tick>;

// ---- actions, to be carried out in order ----
struct SendPlan {
  std::string site;
  v1::PlanId plan;
};
struct SendPlanEnd {
  std::string site;
  v1::PlanId plan;
  v1::PlanEnd::Outcome outcome;
  std::string reason;
};
// New epoch keys are wanted of the cohort: the attempt's number, which names the epoch too, must be durable before the
// first RequestKey is sent.
struct BeginEpoch {
  v1::PlanId plan;
  std::vector<std::string> cohort;
};
struct RequestKey {
  std::string site;
  v1::PlanId plan;
};
// The cohort is those that have answered: send each of them the list of keys.
struct FormEpoch {
  v1::PlanId plan;
  std::vector<std::string> cohort;
};
// A new attempt begins: its number must be durable before its first plan is sent, so that none is used twice.
struct BeginAttempt {
  v1::PlanId plan;
  std::vector<std::string> cohort;
  uint32_t encoding_sites = 0;  // the cohort's size, or more after a survivor set was signed in vain
};
// Add the site's staged upload to the sum. At once on arrival: the sum is free of order.
struct FoldUpload {
  std::string site;
  v1::PlanId plan;
};
// Let the survivors sign who they are and reveal their masks; answer SumOpened or SumLost.
struct OpenSum {
  v1::PlanId plan;
  std::vector<std::string> sites;
};
// While the sum is opened: a member of the attempt has been silent for too long, is paused or has forgotten its keys
// (`for_good`); or it is back with what it had.
struct MemberLost {
  std::string site;
  v1::PlanId plan;
  std::string reason;
  bool for_good = false;
};
struct MemberBack {
  std::string site;
  v1::PlanId plan;
};
// The opening has taken too long, or the job is cancelled: answer SumLost (unless the answer is on its way already).
struct GiveUpOpening {
  v1::PlanId plan;
  std::string reason;
};
// Sites sum this step, which is the same for every model, over `sites` only. An earlier job may have done so: take its
// sum, answer SumReused or SumNotKept.
struct SeekSum {
  v1::PlanId plan;
  std::vector<std::string> sites;
};
// The sum over `sites` is complete (FedBuff: their flights' changes have arrived, and no sum was begun): decode, step
// the program, make model + report durable, then answer RoundCommitted.
struct CompleteRound {
  v1::PlanId plan;
  std::vector<std::string> sites;
  std::vector<v1::SiteAbsence> absences;
};
// FedBuff: a site gets a plan of its own, its flight, from the latest model. The plan's number must be durable before
// it is sent, and the model must stay at hand until EndFlight.
struct BeginFlight {
  std::string site;
  v1::PlanId plan;
};
// The flight is over, and its upload of no more use (unless a CompleteRound before named the site: then that has it).
struct EndFlight {
  std::string site;
};
// Nobody's vector is in this step: the turn of a site that is not there, or did not finish it. Make durable that it was
// skipped, then answer RoundCommitted, or RoundFailed.
struct SkipTurn {
  v1::PlanId plan;
  std::vector<v1::SiteAbsence> absences;  // the site and why
};
// Throw away sum and staged uploads of the attempt and record it.
struct AbandonAttempt {
  v1::PlanId plan;
  std::string reason;
  std::vector<v1::SiteAbsence> absences;
};
// The job's state or what it waits for has changed; FINISHED, FAILED and CANCELLED are final and come last, once.
struct StateChanged {
  v1::JobState state;
  std::string reason;
  std::string waiting_for;
};
using JobAction = std::variant<SendPlan, SendPlanEnd, BeginEpoch, RequestKey, FormEpoch, BeginAttempt, FoldUpload,
                               OpenSum, MemberLost, MemberBack, GiveUpOpening, SeekSum, BeginFlight, EndFlight,
                               CompleteRound, SkipTurn, AbandonAttempt, StateChanged>;

// Where a job stands durably; a restarted coordinator continues from here with a new attempt.
struct JobProgress {
  uint32_t step = 0;          // next step to do
  uint32_t next_attempt = 1;  // greater than every number ever sent
};

class JobMachine {
 public:
  // `spec` is valid and `progress.step` < the number of steps.
  JobMachine(std::string job_id, const v1::JobSpec& spec, const JobProgress& progress, absl::Duration now);
  ~JobMachine();

  // After the end a site is told so whenever it connects (SendPlanEnd JOB_OVER); nothing else happens.
  std::vector<JobAction> Handle(const JobEvent& event, absl::Duration now);
  // When to call Handle(Tick) at the latest; nullopt once the job is final or while only an answer of the engine is
  // awaited.
  std::optional<absl::Duration> NextWakeup() const;

  bool final() const;
  v1::JobState state() const;
  // Is the next or present step a masked sum that is the same for every job of its data set?
  bool NeedsColumns() const;
  // Is an attempt at it under way?
  bool SumsColumns() const;
  // Is this site's key of this epoch still wanted?
  bool AwaitsKey(const std::string& site, const v1::PlanId& plan) const;
  // May this site's bytes for this plan be taken now? Empty: yes; else why not, in words for the site.
  std::string WhyNotAccept(const std::string& site, const v1::PlanId& plan) const;

  struct Impl;  // defined in job_machine_impl.h, for the files state_*.cc alone

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace accord
