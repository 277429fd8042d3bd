// One job at this site: carries out what its Participant decides (fetch, compute, upload, stop) and tells it what
// became of it. Everything here happens on the daemon's one decision thread; only transfers and the trainer run beside
// it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.h"
#include "client/daemon/governance/job_permit.h"
#include "client/daemon/ledger/egress_ledger.h"
#include "client/daemon/participant/participant.h"
#include "client/daemon/secure/masked_source.h"
#include "client/daemon/secure/secure_site.h"
#include "client/daemon/secure/secure_work.h"
#include "client/daemon/session/download.h"
#include "client/daemon/session/upload.h"
#include "client/daemon/state/kept_store.h"
#include "client/daemon/training/trainer_host.h"
#include "client/daemon/training/version_keeper.h"
#include "client/daemon/work/held_vector.h"
#include "client/daemon/work/job_inputs.h"
#include "client/daemon/work/serial_queue.h"
#include "client/daemon/work/turns.h"
#include "grpcpp/channel.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

class JobWork {
 public:
  // What a job uses of its daemon; everything outlives the job.
  struct Surroundings {
    const v1::SiteConfig& config;
    TrainerHost& host;
    // Runs the task on the decision thread, unless the job is gone by then. From any thread.
    std::function<void(std::function<void(JobWork&)>)> post;
    std::function<void(v1::SiteMessage)> send;  // to the coordinator
    std::function<void(const std::string&)> tell_operator;
    std::function<std::shared_ptr<grpc::Channel>()> channel;  // the present connection; null without one
    const SecureSite& secure;
    const SecretBytes& vector_key;   // names the vectors it holds
    EgressLedger* ledger = nullptr;  // of what leaves; null: nobody keeps one (tests)
    KeptStore* kept = nullptr;       // between rounds; null: nothing is kept (tests)
    Turns* turns = nullptr;          // of the sites in this process; null: this is the only one
    // May the plan be gone on with at this moment? FAILED_PRECONDITION: never; UNAVAILABLE: not now. Empty: always.
    std::function<absl::StatusOr<JobPermit>(const v1::Plan&)> permit = {};
    // The version of a data set by a look that began at that moment, of the system's monotonic clock, or later.
    // UNAVAILABLE: not yet. Empty: nobody looks (tests).
    std::function<absl::StatusOr<FoundVersion>(const std::string& data_set, absl::Duration since)> version_since = {};
    // Keeps what is refused, of the job with this SHA-256, where others can check it later. Empty: nobody does (tests).
    std::function<void(const v1::Refusal&, const std::string&)> keep_refusal = {};
  };
  JobWork(std::string job_id, Surroundings surroundings);
  // Stops whatever runs and waits for it.
  ~JobWork();
  JobWork(const JobWork&) = delete;
  JobWork& operator=(const JobWork&) = delete;

  // When this returns after Paused, nothing of this job is handed to the network any more.
  void Handle(const ParticipantEvent& event);
  // What was permitted last: the floors and the charter of what is done from here on.
  void Hold(const JobPermit& permit);
  // PlanReceived, of a plan that was permitted this very moment: what is done for it before this returns asks no more.
  void TakePermitted(const v1::Plan& plan, const JobPermit& permit);
  // A message of this job's secure sums; false if it is none. One that helps to open a sum is refused where another
  // version of the rows is released by now than the one that this site's vector is of.
  bool TakeSecure(const v1::CoordinatorMessage& message);
  // For good, where something is under way.
  void Refuse(const std::string& reason) {
    if (!resting()) RefusePlan(plan_.id(), reason);
  }
  std::string Describe() const;
  // Nothing is under way: between rounds, or waiting for others.
  bool resting() const;
  // Of an epoch of its secure sums.
  bool HoldsKeys() const { return secure_.HoldsKeys(); }

 private:
  void Do(const FetchInputs& action);
  void Do(const StartCompute& action);
  void Do(const StartUpload& action);
  void Do(const StopWork& action);
  void Do(const DropVector& action);
  void Do(const SendRefusal& action);
  void Do(const TellOperator& action);

  SecureWork::Callbacks SecureCallbacks();
  // Asks the secure sum's part of this site about the plan, if it was not asked yet. False: it refused.
  bool MayGoOn(const v1::Plan& plan);
  void RefusePlan(const v1::PlanId& plan, const std::string& reason, bool permanent = true);
  // By what the status says: RefusalOf.
  void RefusePlan(const v1::PlanId& plan, const absl::Status& why);
  // A vector of other rows than those that are released now is of no use to a new plan, which would ask for it again.
  void DropVectorOfOtherRows(const v1::Plan& plan);
  // Of a message of secure sums: the plan itself goes on waiting where it was answered already.
  void RefuseSecure(const v1::PlanId& plan, v1::Refusal refusal);
  void ReadAnewWhatChanged();
  // Whether the vector of the last computation is of the version that is released now. Yes, where none was made.
  bool RowsAreOfPermit() const;
  // The same, by a look that began after the rows were read, and that found no file written to since. UNAVAILABLE:
  // there was none yet. FAILED_PRECONDITION: they are not.
  absl::Status CheckRows() const;
  // The same; false: it refused the plan, for now.
  bool RowsMayLeave(const v1::PlanId& plan);
  // Anew each time: approvals expire, hours pass, people decide.
  absl::Status AskPermit(const v1::Plan& plan);
  void OpenUpload(const v1::PlanId& plan);
  // Before the first byte of source_ leaves. False: it must not.
  bool WriteDownUpload(const v1::PlanId& plan);
  void OnProduced(uint64_t serial);
  void DropSource();
  // What is kept between rounds only to be used again.
  void DropMemory();
  // Of a process of many sites: nothing large is kept while this one waits for the others.
  void EndTurn();
  void FetchNext(const v1::Plan& plan);
  void OnDownloaded(uint64_t serial, const v1::Plan& plan, const DownloadResult& result);
  void OnUploaded(uint64_t serial, const v1::PlanId& plan, const UploadResult& result);
  struct ComputeTask;
  absl::StatusOr<std::shared_ptr<ComputeTask>> MakeTask(const v1::Plan& plan);
  void Compute(ComputeTask& task, uint64_t serial, const v1::PlanId& plan);
  absl::StatusOr<HeldVector> ComputeAndKeep(ComputeTask& task, const std::function<void(uint64_t, uint64_t)>& progress);
  void OnComputed(uint64_t serial, const v1::PlanId& plan, absl::StatusOr<HeldVector> vector);
  void StopComputing();
  void Report(uint64_t serial, const v1::PlanId& plan, v1::Progress::Phase phase, uint64_t done);

  const std::string job_id_;
  const Surroundings surroundings_;
  Participant participant_;
  JobInputs inputs_;
  SecureWork secure_;
  JobPermit permit_;
  const v1::Plan* permitted_now_ = nullptr;  // while TakePermitted hands it on
  struct RowsRead {
    std::optional<Sha256Digest> version;  // where a release names one
    std::optional<Sha256Digest> files;    // what the file system said of them before; none: it was not told
    absl::Duration read_by = absl::ZeroDuration();
  };
  std::optional<RowsRead> rows_;  // that the job's process has, and its last vector is of
  v1::Plan plan_;                 // being computed or sent
  std::string asked_job_sha256_;  // of the plan that came last
  std::optional<HeldVector> vector_;
  std::optional<SharedVector> shared_memory_;  // of the last vector, for the next one
  PageMemory held_memory_;                     // likewise, when no vector is held
  std::unique_ptr<UploadSource> source_;       // of upload_
  MaskedSource* masked_ = nullptr;             // source_ itself, where sums are secure
  std::optional<v1::UploadClose> close_;       // of the masked upload, once it is known
  // Of the piece of work that counts. What an older one still reports is dropped.
  uint64_t serial_ = 0;
  // Under way, if any; shared with the trainer's thread, which lets go of it last.
  std::shared_ptr<ComputeTask> task_;
  absl::Duration last_report_ = -absl::InfiniteDuration();
  v1::Progress::Phase last_phase_ = v1::Progress::PHASE_UNSPECIFIED;
  std::unique_ptr<Turns::Turn> turn_;  // of the piece of work from its fetch on; null where there are none
  std::unique_ptr<Download> download_;
  std::unique_ptr<Upload> upload_;
  SerialQueue trainer_thread_;  // last: joined before anything that its tasks use goes
};

}  // namespace accord
