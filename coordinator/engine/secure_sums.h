// A job's secure sums at the coordinator: the shell around the machines of aggregation/secure/round. Wire messages
// become their events, their actions become wire messages, calls of the job, and events of the job's machine.
//
// An epoch serves every attempt of its cohort; each attempt has a SecureRound of its own. After an attempt has died its
// round is kept until the next one begins, because late signatures may still convict a site. What sites may have signed
// is stored before they are shown it, and binds the step until it is summed or enough members promise never to sign it
// (ShownSets), also after a restart.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "aggregation/secure/agreement/agreement.h"
#include "aggregation/secure/round/epoch_builder.h"
#include "aggregation/secure/round/secure_round.h"
#include "coordinator/engine/shown_sets.h"
#include "coordinator/jobs/job_machine.h"
#include "coordinator/store/job_store.h"
#include "coordinator/store/shown_store.h"
#include "coordinator/transfer/staged_upload.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/roster/roster.h"

namespace accord {

// Used on the event loop's thread only; the calls are made on it.
class SecureSums {
 public:
  struct Surroundings {
    std::string job_id;
    std::string job_sha256;       // hexadecimal
    const v1::JobSpec* spec;      // outlives the sums
    Sha256Digest charter_hash{};  // that the job's order names; zero: it has none
    // The published roster; else what the coordinator's operator has to do.
    std::function<absl::StatusOr<std::shared_ptr<const Roster>>()> roster;
    std::function<void(const std::string& site, std::shared_ptr<const v1::CoordinatorMessage>)> send;
    // Never called from within one of this class's own functions: events are handed over when those return.
    std::function<void(const JobEvent&)> tell;
    // Takes a folded upload out of the sum; takes the masks off it. Where that is done at once, its error.
    std::function<absl::Status(const std::string& site)> unfold;
    std::function<absl::Status(std::vector<secure::SignedMaskSeed>)> remove_masks;
    // What the job's machine is told of such an error.
    std::function<RoundFailed(const v1::PlanId&, const absl::Status&)> failure;
    // Makes the statements durable that prove which attempt was signed by enough.
    std::function<absl::Status(const std::vector<secure::SignedBytes>&)> keep_proof;
    // Makes durable what sites are about to be shown; and that a set binds no longer.
    std::function<absl::Status(const StoredShownSet&)> keep_survivors;
    std::function<absl::Status(const StoredShownSet&)> release_survivors;
    // A lie, for the round's report. `proof`, unless null: what shows it under this roster, to be kept.
    std::function<void(const std::string& words, const secure::Evidence* proof, const Roster& roster)> note;
  };
  // `proof`: what keep_proof kept last.
  SecureSums(Surroundings surroundings, std::vector<secure::SignedBytes> proof);
  ~SecureSums();

  // ---- actions of the job's machine ----
  absl::Status BeginEpoch(const BeginEpoch& action);
  void RequestKey(const RequestKey& action);
  void FormEpoch(const FormEpoch& action);
  // Agrees with itself on what `plan` means, and completes its secure part.
  absl::Status BeginAttempt(v1::Plan& plan);
  void OpenSum();
  void LoseMember(const MemberLost& action);
  void TakeBackMember(const MemberBack& action);
  void GiveUp(const std::string& reason);
  // It ended without a sum.
  void EndAttempt();
  // Its sum, or an earlier one, is durable: what bound the step concerns nobody any more.
  void EndStep();

  // ---- what was shown before ----
  // What the store holds at the place of the step to come. Its members are asked for their promises.
  void HoldTo(std::vector<StoredShownSet> stored);
  // The site is here: it may promise not to sign what it has not signed.
  void AskForVoids(const std::string& site);

  // ---- from sites ----
  // A message that belongs to secure sums; true if it was one.
  bool Take(const std::string& site, const v1::SiteMessage& message);
  // Is the whole upload one that counts? Verified then, and UploadArrived is told.
  absl::Status CloseUpload(const std::string& site, StagedUpload& upload, const v1::UploadClose& close);

  // For whom the attempt waits, in words; empty where it does not wait.
  std::string WaitingWords() const;
  // How the present attempt's sum is protected, for its report.
  std::string Protection() const;
  // What the survivors of the present attempt's sum signed; nullopt: not by enough of them.
  std::optional<SignedSum> Signed() const;

 private:
  struct Epoch;
  struct Running;

  void TakeKey(const std::string& site, const v1::KeyAnswer& answer);
  void TakeNonce(const std::string& site, const v1::NonceAnswer& answer);
  bool HandleEpoch(const std::string& site, const secure::EpochEvent& event);
  void Do(const secure::SendEpochList& action);
  void Do(secure::EpochReady action);
  void Do(const secure::EpochFailed& action);

  // False when the machine rejected a message of `site`.
  bool HandleRound(const std::string& site, secure::RoundEvent event);
  void Do(const secure::AcceptUpload&) {}
  void Do(const secure::RejectUpload& action);
  void Do(const secure::RejectMessage& action);
  void Do(const secure::Exclude& action);
  void Do(const secure::KeepSurvivors& action);
  void Do(const secure::SendSurvivors& action);
  void Do(const secure::SendSignatures& action);
  void Do(const secure::RequestShares& action);
  void Do(const secure::RequestPairSeeds& action);
  void Do(const secure::RequestVoid& action);
  void Do(secure::Unmask& action);
  void Do(const secure::Opened& action);
  void Do(const secure::Dead& action);
  void Do(const secure::Released&) {}  // the sets' own count says the same, and outlives the round
  void Do(const secure::Blame& action);
  void Do(const secure::KeepProof& action);
  void TakeVoid(const secure::SignedBytes& statement);
  // Tells the job's machine when another set holds the step than before, or none does.
  void TellWhatHolds();
  // The transcript of the attempt that is under way, or opened and not durable yet; nullptr: none is.
  const Sha256Digest* Live() const;
  // An error of the sum becomes an event like any other: the machines are still at work.
  void Report(const absl::Status& done);
  void Deliver();

  const Surroundings around_;
  std::vector<secure::SignedBytes> proof_;
  ShownSets sets_;
  std::optional<Bound> told_bound_;  // that the job's machine knows of
  std::unique_ptr<Epoch> epoch_;
  std::unique_ptr<Running> running_;
  const Roster* roster_ = nullptr;  // of the machine whose actions are carried out
  std::string rejected_;            // why the message at hand was rejected
  std::vector<JobEvent> told_;
  bool delivering_ = false;
};

}  // namespace accord
