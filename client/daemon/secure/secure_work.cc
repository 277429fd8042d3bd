#include "client/daemon/secure/secure_work.h"

#include <utility>
#include <variant>

#include "aggregation/secure/messages/signed_wire.h"
#include "base/hash.h"
#include "base/status.h"
#include "client/daemon/secure/wire.h"

namespace accord {

SecureWork::SecureWork(std::string job_id, const SecureSite& site, Callbacks callbacks)
    : job_id_(std::move(job_id)),
      site_(site),
      callbacks_(std::move(callbacks)),
      evidence_(site.evidence_folder),
      floors_(site.floors) {}

SecureWork::~SecureWork() = default;

bool SecureWork::Accepted(const v1::Plan& plan) const { return accepted_ && plan_bytes_ == plan.SerializeAsString(); }

bool SecureWork::HoldsKeys() const {
  using State = secure::SecureParticipant::State;
  return participant_ != nullptr && participant_->state() != State::kNoEpoch &&
         participant_->state() != State::kStopped;
}

std::string SecureWork::Describe() const { return participant_ == nullptr ? "" : participant_->Describe(); }

// Made when the coordinator first asks for something, so that a site without a roster can still do plain jobs.
secure::SecureParticipant* SecureWork::Participant(const v1::PlanId& plan) {
  addressed_ = plan;
  if (participant_ != nullptr) return participant_.get();
  auto roster = site_.roster();
  if (!roster.ok() || !broken_.ok()) {
    v1::Refusal refusal;
    refusal.set_reason(std::string((broken_.ok() ? roster.status() : broken_).message()));
    refusal.set_permanent(!broken_.ok());  // a roster may yet be pinned
    callbacks_.refused(plan, std::move(refusal));
    return nullptr;
  }
  roster_ = *std::move(roster);
  participant_ =
      std::make_unique<secure::SecureParticipant>(secure::SecureParticipantConfig{site_.site, roster_, floors_},
                                                  *site_.signer, *site_.entropy, site_.record->record());
  return participant_.get();
}

void SecureWork::HoldTo(const secure::Floors& floors, const Sha256Digest& charter_hash) {
  charter_hash_ = charter_hash;
  if (floors == floors_) return;
  floors_ = floors;
  participant_.reset();
  accepted_ = false;
}

bool SecureWork::Take(const v1::CoordinatorMessage& message) {
  absl::StatusOr<AddressedEvent> event = ToSiteEvent(message);
  if (absl::IsUnimplemented(event.status())) return false;
  if (!event.ok()) {
    callbacks_.tell_operator(absl::StrCat("job ", job_id_, ": the coordinator sent a message that makes no sense: ",
                                          std::string(event.status().message())));
    return true;
  }
  if (std::holds_alternative<secure::EpochRequested>(event->event)) RenewRoster();
  if (Participant(event->plan) != nullptr) Handle(event->event);
  return true;
}

void SecureWork::RenewRoster() {
  if (participant_ == nullptr) return;
  const auto roster = site_.roster();
  if (roster.ok() && (*roster)->hash() == roster_->hash()) return;
  participant_.reset();
  accepted_ = false;
}

void SecureWork::Plan(const v1::Plan& plan, const v1::JobSpec& spec) {
  const bool another = plan_.attempt() != plan.id().attempt();
  // One that was not accepted is no attempt under way, whatever its number.
  if (another || !accepted_) RenewRoster();
  if (Participant(plan.id()) == nullptr) return;
  if (another) vector_name_.clear();
  plan_ = plan.id();
  plan_bytes_ = plan.SerializeAsString();
  log_head_ = site_.named_log_head(plan.log_head());
  accepted_ = false;
  auto event = ToAttemptPlanned(plan, spec, charter_hash_);
  if (!event.ok()) {
    v1::Refusal refusal;
    refusal.set_reason(std::string(event.status().message()));
    refusal.set_permanent(true);
    return callbacks_.refused(plan.id(), std::move(refusal));
  }
  Handle(*std::move(event));
}

void SecureWork::OnVector(const std::string& vector_name) {
  auto digest = ParseHexDigest(vector_name);
  addressed_ = plan_;
  if (vector_name_.empty()) vector_name_ = vector_name;
  if (participant_ != nullptr && digest.ok()) Handle(secure::VectorComputed{*digest});
}

void SecureWork::OnMasked(const std::string& payload_digest) {
  auto digest = ParseHexDigest(payload_digest);
  addressed_ = plan_;
  if (participant_ != nullptr && digest.ok()) Handle(secure::VectorMasked{*digest});
}

void SecureWork::OnPlanEnd(const v1::PlanEnd& end) {
  if (participant_ == nullptr) return;
  if (end.outcome() == v1::PlanEnd::JOB_OVER || end.plan().attempt() == plan_.attempt()) accepted_ = false;
  Handle(secure::AttemptEnded{end.plan().attempt(), OutcomeOf(end.outcome())});
}

void SecureWork::Forget() {
  accepted_ = false;
  if (participant_ != nullptr) Handle(secure::Forget{});
}

void SecureWork::Handle(const secure::SiteEvent& event) {
  // What another job could not make durable is ahead of the disk for this one too.
  if (absl::Status kept = site_.record->status(); !kept.ok()) return Stop(kept);
  for (const secure::SiteAction& action : participant_->Handle(event)) {
    const absl::Status done = std::visit([this](const auto& kind) { return Do(kind); }, action);
    if (!done.ok()) return Stop(done);
  }
}

void SecureWork::Stop(const absl::Status& why) {
  broken_ = why;
  participant_.reset();
  accepted_ = false;
  v1::Refusal refusal;
  refusal.set_reason("this site cannot keep its record");
  refusal.set_permanent(true);
  callbacks_.tell_operator(absl::StrCat("job ", job_id_,
                                        ": takes no further part in secure sums, because the record cannot be "
                                        "written: ",
                                        std::string(why.message()), ". Mend the disk and restart the daemon"));
  callbacks_.refused(addressed_, std::move(refusal));
}

// ---- actions ----

absl::Status SecureWork::Do(const secure::AppendRecord& action) { return site_.record->Append(action.bytes); }

absl::Status SecureWork::Do(const secure::SendKeyStatement& action) {
  v1::SiteMessage message;
  *message.mutable_key_answer()->mutable_plan() = addressed_;
  *message.mutable_key_answer()->mutable_statement() = secure::ToWire(action.statement);
  callbacks_.send(std::move(message));
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::SendNonce& action) {
  v1::SiteMessage message;
  *message.mutable_nonce_answer()->mutable_plan() = addressed_;
  message.mutable_nonce_answer()->set_nonce(action.nonce.data(), action.nonce.size());
  callbacks_.send(std::move(message));
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::ComputeVector&) {
  accepted_ = true;  // who asked looks
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::MaskVector& action) {
  callbacks_.upload(plan_, action.masks);
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::SendHeader& action) {
  v1::UploadClose close;
  *close.mutable_header() = secure::ToWire(action.header);
  close.set_offers(action.offers);
  callbacks_.close_upload(plan_, std::move(close));
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::KeepPeers&) {
  if (site_.peers == nullptr) return absl::OkStatus();
  const absl::Status kept = site_.peers->Write(site_.record->record().peers());
  if (!kept.ok()) {
    site_.record->record().peers().SetChanged();
    callbacks_.tell_operator(
        absl::StrCat("what this site has seen of others' records could not be kept: ", std::string(kept.message())));
  }
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::SendSurvivorStatement& action) {
  v1::SiteMessage message;
  *message.mutable_survivor_answer()->mutable_plan() = addressed_;
  *message.mutable_survivor_answer()->mutable_statement() = secure::ToWire(action.statement);
  callbacks_.send(std::move(message));
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::SendReveal& action) {
  v1::SiteMessage message;
  v1::RevealAnswer& answer = *message.mutable_reveal_answer();
  *answer.mutable_plan() = addressed_;
  *answer.mutable_statement() = secure::ToWire(action.statement);
  answer.set_seeds(std::string(action.seeds.RevealAsText()));
  callbacks_.send(std::move(message));
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::SendVoid& action) {
  v1::SiteMessage message;
  *message.mutable_void_answer()->mutable_plan() = addressed_;
  *message.mutable_void_answer()->mutable_statement() = secure::ToWire(action.statement);
  callbacks_.send(std::move(message));
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::Refuse& action) {
  v1::Refusal refusal;
  refusal.set_reason(action.reason);
  refusal.set_permanent(action.permanent);
  if (action.bound.has_value()) {
    refusal.mutable_bound()->mutable_sites()->Assign(action.bound->sites.begin(), action.bound->sites.end());
    refusal.mutable_bound()->set_encoding_sites(action.bound->encoding_sites);
  }
  callbacks_.tell_operator(
      absl::StrCat("job ", job_id_, ": refused (", std::string(SiteRefusalName(action.refusal)), "): ", action.reason));
  callbacks_.refused(addressed_, std::move(refusal));
  return absl::OkStatus();
}

absl::Status SecureWork::Do(const secure::StoreEvidence& action) {
  secure::Evidence evidence = action.evidence;
  if (evidence.transcript.has_value()) evidence.log_head = log_head_;
  const std::string bytes = secure::WriteEvidence(evidence, roster_->bytes());
  const absl::StatusOr<std::string> path = evidence_.Keep(bytes);
  callbacks_.tell_operator(path.ok() ? absl::StrCat("job ", job_id_, ": somebody lied, and what proves it is in ",
                                                    *path, "; `accord audit evidence` explains it")
                                     : absl::StrCat("job ", job_id_,
                                                    ": somebody lied, but what proves it could not be kept: ",
                                                    std::string(path.status().message())));
  return absl::OkStatus();  // a refusal follows whether or not it could be kept
}

absl::Status SecureWork::Do(const secure::TellOperator& action) {
  callbacks_.tell_operator(absl::StrCat("job ", job_id_, ": ", action.line));
  return absl::OkStatus();
}

}  // namespace accord
