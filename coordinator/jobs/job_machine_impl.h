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

namespace accord {

struct JobMachine::Impl {
  using Actions = std::vector<JobAction>;

  enum class Phase { kWaiting, kGathering, kCollecting, kClosing, kFinal };

  // One planned site of the current attempt.
  struct Member {
    enum class Status {
      kWorking,   // has the plan, or will have it again when its connection is back
      kVerified,  // its upload is complete and folded
      kOut,       // left out of this attempt, for `reason`
    };
    Status status = Status::kWorking;
    absl::Duration last_moved;
    std::string reason;
  };

  // Limits, with the documented defaults filled in.
  struct Limits {
    uint32_t min_sites = 1;
    uint32_t target_sites = 1;
    absl::Duration gather;
    absl::Duration silence;
    absl::Duration deadline;
    uint32_t max_attempts = 1;
    absl::Duration patience;
  };

  std::string job_id;
  Limits limits;
  std::set<std::string> invited;  // empty: everybody
  uint32_t num_steps = 0;

  Phase phase = Phase::kWaiting;
  v1::JobState job_state = v1::JOB_WAITING;
  std::string told_reason;       // of the last StateChanged
  std::string told_waiting_for;  // of the last StateChanged
  bool told = false;

  std::set<std::string> ready;
  std::map<std::string, std::string> absent;    // sites that were ready once: why they are not any more
  std::map<std::string, std::string> excluded;  // refused for good, and why
  std::set<std::string> planned;                // ever sent a plan of this job: told when it is over

  uint32_t step = 0;
  uint32_t next_attempt = 1;
  uint32_t failed_attempts = 0;  // at this step
  v1::PlanId plan;               // of the attempt in kCollecting and kClosing
  std::map<std::string, Member> members;
  std::optional<std::string> cancel_reason;  // arrived while closing

  absl::Duration patience_ends;
  absl::Duration gather_ends;
  absl::Duration not_before;  // the next attempt starts no earlier: failed attempts back off
  absl::Duration attempt_ends;

  // job_machine.cc
  bool MayTakePart(const std::string& site) const;
  std::vector<std::string> Candidates() const;
  void Tell(v1::JobState state, const std::string& reason, const std::string& waiting_for, Actions& actions);
  void Finish(v1::JobState state, const std::string& reason, Actions& actions);
  // True (and the job failed) when too few sites are left that could ever take part.
  bool FailIfHopeless(Actions& actions);
  void OnSiteReady(const SiteReady& event, absl::Duration now, Actions& actions);
  void OnSiteGone(const SiteGone& event, absl::Duration now, Actions& actions);
  void OnCancel(const CancelRequested& event, Actions& actions);

  // state_waiting.cc: Waiting and Gathering
  void EnterWaiting(absl::Duration now, Actions& actions);
  void ConsiderStarting(absl::Duration now, Actions& actions);
  std::string WaitingWords() const;

  // state_collecting.cc
  void EnterCollecting(const std::vector<std::string>& cohort, absl::Duration now, Actions& actions);
  void OnMemberBack(const std::string& site, absl::Duration now, Actions& actions);
  void OnMoved(const SiteMoved& event, absl::Duration now);
  void OnUpload(const UploadArrived& event, absl::Duration now, Actions& actions);
  void OnRefused(const SiteRefused& event, absl::Duration now, Actions& actions);
  void LeaveOut(const std::string& site, const std::string& reason, Actions& actions);
  void ConsiderClosing(absl::Duration now, Actions& actions);
  void CollectingTick(absl::Duration now, Actions& actions);
  void Abandon(const std::string& reason, absl::Duration now, Actions& actions);
  bool IsCurrent(const v1::PlanId& id) const;
  std::vector<v1::SiteAbsence> Absences() const;
  std::vector<std::string> SitesThatAre(Member::Status status) const;

  // state_closing.cc
  void EnterClosing(Actions& actions);
  void OnCommitted(const RoundCommitted& event, absl::Duration now, Actions& actions);
  void OnRoundFailed(const RoundFailed& event, absl::Duration now, Actions& actions);
};

}  // namespace accord
