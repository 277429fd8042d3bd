// A job's secure sums at this site: the shell around its SecureParticipant (aggregation/secure/site). Wire messages
// become events; actions become durable entries, evidence files, wire messages, and calls of the job.
//
// Nothing of an action leaves before the record's entry ahead of it is on the disk. If that fails, this site takes no
// further part in the job and says so.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "aggregation/secure/messages/quorum.h"
#include "aggregation/secure/site/secure_participant.h"
#include "base/hash.h"
#include "client/daemon/secure/evidence_files.h"
#include "client/daemon/secure/secure_site.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/log/log_file.h"

namespace accord {

// Used on the daemon's decision thread only; the callbacks are called on it.
class SecureWork {
 public:
  struct Callbacks {
    std::function<void(v1::SiteMessage)> send;  // to the coordinator
    std::function<void(const std::string&)> tell_operator;
    // Mask the vector and send it.
    std::function<void(const v1::PlanId&, std::shared_ptr<const secure::MaskSet>)> upload;
    // The upload's last message.
    std::function<void(const v1::PlanId&, v1::UploadClose)> close_upload;
    // This site does not go on with the plan. The refusal lacks the plan's name.
    std::function<void(const v1::PlanId&, v1::Refusal)> refused;
  };
  // `site` outlives the work.
  SecureWork(std::string job_id, const SecureSite& site, Callbacks callbacks);
  ~SecureWork();

  // What this site's charter and policy demand of the job at this moment. Other floors than before destroy the keys of
  // an epoch that was joined under those, so that the next one is agreed on under these.
  void HoldTo(const secure::Floors& floors, const Sha256Digest& charter_hash);

  // A message that belongs to secure sums; true if it was one.
  bool Take(const v1::CoordinatorMessage& message);
  // Asks whether the plan may be taken part in: Accepted, or `refused` was called. `spec` and the hashes in `plan` are
  // of bytes that are here.
  void Plan(const v1::Plan& plan, const v1::JobSpec& spec);
  // The accepted plan's vector is here. `vector_name`, `payload_digest`: before and after masking, hexadecimal.
  void OnVector(const std::string& vector_name);
  void OnMasked(const std::string& payload_digest);
  void OnPlanEnd(const v1::PlanEnd& end);
  // Destroys every key and seed.
  void Forget();

  // This very plan was accepted, and has not ended.
  bool Accepted(const v1::Plan& plan) const;
  // The vector that the attempt's masks are for: that of the first OnVector of the attempt.
  const std::string& vector_name() const { return vector_name_; }
  // Keys of an epoch are here, which the coordinator counts on as long as this daemon lasts.
  bool HoldsKeys() const;
  std::string Describe() const;

 private:
  secure::SecureParticipant* Participant(const v1::PlanId& plan);
  // An epoch begins, and so does each attempt, with the roster of its day: with another one than before, as after a
  // restart. Else a coordinator that never asks for another epoch could go on with a key that the new one revoked.
  void RenewRoster();
  void Handle(const secure::SiteEvent& event);
  // The record cannot be written: this site takes no further part in the job.
  void Stop(const absl::Status& why);

  absl::Status Do(const secure::AppendRecord& action);
  absl::Status Do(const secure::SendKeyStatement& action);
  absl::Status Do(const secure::SendNonce& action);
  absl::Status Do(const secure::ComputeVector& action);
  absl::Status Do(const secure::MaskVector& action);
  absl::Status Do(const secure::SendHeader& action);
  absl::Status Do(const secure::KeepPeers& action);
  absl::Status Do(const secure::SendSurvivorStatement& action);
  absl::Status Do(const secure::SendReveal& action);
  absl::Status Do(const secure::SendVoid& action);
  absl::Status Do(const secure::Refuse& action);
  absl::Status Do(const secure::StoreEvidence& action);
  absl::Status Do(const secure::TellOperator& action);

  const std::string job_id_;
  const SecureSite& site_;
  const Callbacks callbacks_;
  EvidenceFiles evidence_;
  secure::Floors floors_;
  Sha256Digest charter_hash_{};           // zero: this site goes by none
  std::shared_ptr<const Roster> roster_;  // the participant's, shared by all jobs of the daemon
  std::unique_ptr<secure::SecureParticipant> participant_;
  absl::Status broken_;     // the record could not be written
  v1::PlanId addressed_;    // of the message that is being answered
  v1::PlanId plan_;         // accepted, or about to be
  std::string plan_bytes_;  // of it, whole
  std::string vector_name_;
  bool accepted_ = false;
  // That the plan names, as others can check it.
  std::optional<HeadOfLog> log_head_;
};

}  // namespace accord
