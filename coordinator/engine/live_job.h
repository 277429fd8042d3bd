// One job that runs: the thin shell around its JobMachine. Events go in, actions are carried out; numbers, bytes and
// the disk are dealt with here.
//
// A round costs one fsync: the transaction that closes it stores model, report and progress, and reserves the number of
// the next attempt. A secure sum costs two more: its survivors and its signatures, each before they are shown. Vectors
// below kInlineWork are folded and stepped on the spot; larger ones on the job's strand, whose results come back as
// events.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aggregation/programs/step_schema.h"
#include "base/clock.h"
#include "base/hash.h"
#include "coordinator/engine/attempt.h"
#include "coordinator/engine/counted_steps.h"
#include "coordinator/engine/event_loop.h"
#include "coordinator/engine/findings.h"
#include "coordinator/engine/round_choice.h"
#include "coordinator/engine/secure_sums.h"
#include "coordinator/engine/worker_pool.h"
#include "coordinator/governance/charter_in_force.h"
#include "coordinator/governance/job_papers.h"
#include "coordinator/jobs/job_machine.h"
#include "coordinator/programs/job_program.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/operations.pb.h"
#include "proto/accord/v1/report.pb.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

class LiveJob;

// What a job needs around it. Everything outlives the job.
struct JobSurroundings {
  Store& store;
  Clock& clock;
  WorkerPool& workers;
  EventLoop& loop;
  // Sends to a site if it is connected.
  std::function<void(const std::string& site, std::shared_ptr<const v1::CoordinatorMessage>)> send;
  // The published roster of the federation; else what the operator has to do.
  std::function<absl::StatusOr<std::shared_ptr<const Roster>>()> roster;
  // The last head of the federation's log.
  std::function<absl::StatusOr<v1::SignedLogHead>()> log_head;
  // What a connected site said about itself; the bare name for one that is not connected.
  std::function<v1::SiteFact(const std::string& site)> facts;
  // Another job that sums the columns of this one's data set now; empty: none.
  std::function<std::string(const LiveJob& job)> who_sums_columns = [](const LiveJob&) { return std::string(); };
  // The charter in force; never null.
  std::function<std::shared_ptr<const CharterState>()> charter = [] { return std::make_shared<const CharterState>(); };
  // Looks whether another one was published; does not wait for that. The job is told: JudgePapersAnew.
  std::function<void()> look_for_charter = [] {};
  // Names of the connected sites.
  std::function<std::vector<std::string>()> connected = [] { return std::vector<std::string>(); };
  // The newest time stamp on the log, with the proof to this head; nullopt: there is none.
  std::function<std::optional<v1::LogStamp>(const v1::SignedLogHead& head)> log_stamp = [](const v1::SignedLogHead&) {
    return std::optional<v1::LogStamp>();
  };
  // Why no job may begin an attempt now; empty: they may.
  std::function<std::string()> why_no_round = [] { return std::string(); };
};

// Used on the event loop's thread only. Shared because work on the strand refers to it weakly.
class LiveJob : public std::enable_shared_from_this<LiveJob> {
 public:
  // Vectors of fewer bytes are worked on by the event loop itself: that takes less than handing them over.
  static constexpr uint64_t kInlineWork = 256 << 10;
  // next_attempt of a stored job none of whose attempts was made.
  static constexpr uint32_t kFirstReserved = 2;

  // Takes a job up where the store says it stands. `first_attempt`: the number of its next attempt, at most
  // `record.next_attempt`. DATA_LOSS: what is stored makes no sense.
  static absl::StatusOr<std::shared_ptr<LiveJob>> Create(JobRecord record, uint32_t first_attempt,
                                                         JobSurroundings surroundings);

  void Handle(const JobEvent& event);
  // Does it sum columns that other jobs of its data set need too? They wait meanwhile.
  bool SumsColumns() const { return machine_.SumsColumns(); }
  // Whether that changed for this job since it last handled anything. Then LookForTurn.
  bool TurnHasChanged() const;
  void LookForTurn();
  // The same of what lets no job begin an attempt.
  void LookForHold();
  std::optional<absl::Duration> NextWakeup() const;

  const std::string& id() const { return record_.id; }
  // Name of the data set that a site must release; empty for a drill.
  const std::string& dataset() const { return spec_.data().name(); }
  bool over() const { return over_; }

  absl::StatusOr<UploadTicket> OpenUpload(const std::string& site, const v1::UploadOpen& open);
  // The site's upload is verified: OK when it is in this attempt's sum-to-be, else why not.
  absl::Status AcceptUpload(const std::string& site, const v1::PlanId& plan);
  // The same for a masked upload, whose last message says whose it is.
  absl::Status CloseUpload(const std::string& site, const v1::PlanId& plan, const v1::UploadClose& close);
  // A message of a secure sum.
  void TakeSecure(const std::string& site, const v1::SiteMessage& message);
  // A site has begun a session: it is shown what the job was ordered and approved by.
  void Greet(const std::string& site);
  // An approval of the job's order, or a refusal; made durable. What was handed in before gets the same answer.
  // FAILED_PRECONDITION: the job runs without an order, or is over; else as JobPapers::Check.
  absl::StatusOr<v1::AddApprovalReply> AddApproval(const std::string& file, const std::string& brought_by);
  // An ombudsman's stop: made durable and shown to sites, then the job ends. One that is stopped already gets OK.
  // FAILED_PRECONDITION: the job runs without an order, or is over; else as JobPapers::CheckStop.
  absl::Status Stop(const std::string& file, const std::string& brought_by);
  // Charter or roster are other ones.
  void JudgePapersAnew();
  // To whoever is connected and has not seen them as they are now.
  void ShowPapers();

  // The bytes of one of this job's objects; nullptr when this site was never sent a plan or papers that name it.
  std::shared_ptr<const ObjectReader> FindObject(const std::string& site, const std::string& name) const;

  // Was the site asked for its key of the epoch that this plan begins, and has not answered?
  bool AwaitsKey(const std::string& site, const v1::PlanId& plan) const { return machine_.AwaitsKey(site, plan); }

  const v1::JobReport& report() const { return report_; }
  // True once after each change of the report.
  bool TakeChanged() { return std::exchange(changed_, false); }

 private:
  LiveJob(JobRecord record, v1::JobSpec spec, uint32_t first_attempt, JobSurroundings surroundings);
  absl::Status LoadModel();
  absl::Status PrepareSecureSums();
  absl::Status LoadPapers();
  // Adds what the machine is to hear of it to the events.
  void JudgePapers();
  void ShowPapersSoon();
  // How many bytes that took.
  uint64_t ShowPapersTo(const std::string& site);
  // With the job's papers ahead, where the site has not seen them.
  void Send(const std::string& site, std::shared_ptr<const v1::CoordinatorMessage> message);
  absl::StatusOr<v1::AddApprovalReply> ReplyAbout(const std::string& file) const;
  Sha256Digest PlaceOfStep() const;
  // What sites were shown at this step before this coordinator was started, or for other jobs.
  void LookForShownSets();

  // Actions of the machine, each by its kind.
  void Do(const SendPlan& action);
  void Do(const SendPlanEnd& action);
  void Do(const BeginEpoch& action);
  void Do(const RequestKey& action);
  void Do(const FormEpoch& action);
  void Do(const BeginAttempt& action);
  void Do(const FoldUpload& action);
  void Do(const OpenSum& action);
  void Do(const MemberLost& action);
  void Do(const MemberBack& action);
  void Do(const GiveUpOpening& action);
  void Do(const SeekSum& action);
  void Do(const BeginFlight& action);
  void Do(const EndFlight& action);
  void Do(const CompleteRound& action);
  void Do(const SkipTurn& action);
  void Do(const AbandonAttempt& action);
  void Do(const StateChanged& action);

  struct Closed {
    RoundClose close;
    std::shared_ptr<const ObjectReader> model;         // nullptr: as before
    std::shared_ptr<const ObjectReader> server_state;  // nullptr: as before
    RingVector memory;
  };
  // INVALID_ARGUMENT: nobody trained in the cycle whose last turn is skipped.
  absl::Status CheckCycleTrained(const v1::RoundReport& last) const;
  // Where the attempt's iteration of newton stands; empty of another step.
  NewtonIteration IterationOf(const CompleteRound& action) const;
  // What the attempt's metrics are weighed against.
  RoundChoice ChoiceOf(const CompleteRound& action) const;
  using Closing = absl::AnyInvocable<absl::StatusOr<Closed>()>;
  absl::Status ReserveAttempt(uint32_t attempt, uint32_t ahead = 0);
  // The same, and that the job has begun, for attempts that sites hear of.
  absl::Status BeginFirst(uint32_t attempt, uint32_t ahead = 0);
  absl::StatusOr<std::shared_ptr<const v1::CoordinatorMessage>> MakePlanMessage(const Attempt& attempt);
  absl::Status BeginBuffered(const CompleteRound& action);
  // The site's attempt that the plan is of; nullptr: it is over.
  Attempt* AttemptOf(const std::string& site, const v1::PlanId& plan);
  // Work on the attempt's sum. Its error, where it is done here; done on the strand, it fails the attempt.
  absl::Status WorkOnSum(absl::AnyInvocable<absl::Status(RoundSum&)> work);
  absl::Status Unfold(const std::string& site);
  absl::Status RemoveMasks(std::vector<secure::SignedMaskSeed> seeds);
  void TellWhoIsAwaited();
  Closing MakeClosing(const CompleteRound& action);
  void OnClosed(const v1::PlanId& plan, absl::StatusOr<Closed> closed);
  // What the store holds now.
  void Adopt(Closed closed);
  static RoundFailed FailureOf(const v1::PlanId& plan, const absl::Status& status);
  void Fail(const v1::PlanId& plan, const absl::Status& status);
  // To combine changes takes longer, and the longer the more sites there are.
  bool WorksInline() const { return attempt_->upload_bytes() < kInlineWork && !SeesSingleChanges(spec_); }
  // Runs `work` on the strand and `then` with its result here, if the job is still there.
  template <typename Work, typename Then>
  void RunOnStrand(Work work, Then then);

  JobRecord record_;  // as stored
  const v1::JobSpec spec_;
  const std::string job_sha256_;
  const JobProgram program_;
  JobSurroundings around_;
  JobMachine machine_;
  Strand strand_;

  std::shared_ptr<const ObjectReader> model_;
  std::string inline_model_;                          // the model's bytes where it is small
  std::shared_ptr<const ObjectReader> server_state_;  // nullptr: none yet
  RingVector sum_memory_;                             // of the last round, for the next one
  std::optional<Attempt> attempt_;
  // FedBuff: a site's own attempt, and the model that it began with.
  struct Flight {
    std::unique_ptr<Attempt> attempt;
    std::string model_digest;
    std::shared_ptr<const ObjectReader> model;
    std::shared_ptr<const v1::CoordinatorMessage> plan_message;
  };
  std::map<std::string, Flight> flights_;                                 // by site
  std::optional<std::pair<absl::Time, absl::Duration>> buffering_since_;  // of the round that is filled
  std::unique_ptr<SecureSums> secure_;                                    // null where sums are plain
  bool hangs_ = false;        // a member of the attempt was lost while its sum is opened
  Findings findings_;         // of the attempt
  std::string held_back_by_;  // another job; empty: none
  std::string rounds_held_;   // why no job may begin an attempt, as the machine was told last
  bool sets_known_ = false;   // that bind the step
  std::shared_ptr<const v1::CoordinatorMessage> plan_message_;  // of `attempt_`
  std::set<std::string> planned_sites_;
  CountedSteps counted_steps_;
  std::set<std::string> known_sites_;  // whose facts are stored with the job

  std::unique_ptr<JobPapers> papers_;                             // null: the job runs without an order
  std::shared_ptr<const v1::CoordinatorMessage> papers_message_;  // null: to be made
  bool papers_let_ = true;                                        // by their last judgement something may be planned
  bool begun_ = false;                                            // an attempt was made
  std::set<std::string> shown_to_;                                // sites that have seen the papers as they are
  std::set<std::string> papered_sites_;                           // that have ever seen some
  absl::Duration papers_due_ = -absl::InfiniteDuration();         // when they are to be judged again
  absl::Duration show_due_ = absl::InfiniteDuration();            // when sites are to be shown what has changed
  absl::Duration next_show_ = -absl::InfiniteDuration();          // not before

  std::vector<JobEvent> pending_;  // events that actions gave rise to
  bool handling_ = false;
  v1::JobReport report_;
  bool changed_ = true;
  bool over_ = false;
  bool end_stored_ = false;               // only then are sites told
  std::vector<SendPlanEnd> untold_ends_;  // JOB_OVER, until then
};

template <typename Work, typename Then>
void LiveJob::RunOnStrand(Work work, Then then) {
  strand_.Run([work = std::move(work), then = std::move(then), job = weak_from_this(), loop = &around_.loop]() mutable {
    loop->Post([result = work(), then = std::move(then), job = std::move(job)]() mutable {
      if (auto alive = job.lock()) then(*alive, std::move(result));
    });
  });
}

}  // namespace accord
