// The engine's side of what others have seen of this site (client/daemon/federation/own_past.h).
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/daemon/work/site_engine.h"

namespace accord {

void SiteEngine::AskWitnesses() {
  if (options_.past == nullptr || asked_witnesses_ || paused_ || stopping_ || channel_ == nullptr) return;
  if (std::optional<v1::WitnessRequest> request = options_.past->Ask()) {
    asked_witnesses_ = true;
    v1::SiteMessage message;
    *message.mutable_witness_request() = *std::move(request);
    session_->Send(std::move(message));
  }
  TellReadiness();
}

void SiteEngine::AskWitnessesAgain() {
  if (options_.past == nullptr || !absl::IsUnavailable(options_.past->MayTakePart())) return;
  asked_witnesses_ = false;
  AskWitnesses();
}

// While this site is paused nothing leaves, answers neither: who asked waits for others.
void SiteEngine::TakeWitness(const v1::CoordinatorMessage& message) {
  if (options_.past == nullptr || stopping_) return;
  if (message.has_witness_report()) {
    options_.past->Take(message.witness_report());
    for (const std::string& line : options_.past->News()) TellOperator(line);
    return TellReadiness();
  }
  if (paused_) return;
  std::optional<v1::WitnessAnswer> answer = options_.past->Answer(message.witness_question());
  for (const std::string& line : options_.past->News()) TellOperator(line);
  if (!answer.has_value()) return;
  v1::SiteMessage reply;
  *reply.mutable_witness_answer() = *std::move(answer);
  session_->Send(std::move(reply));
}

bool SiteEngine::PastAllows(const v1::PlanId& plan, const std::string& job_sha256) {
  const absl::Status may = options_.past == nullptr ? absl::OkStatus() : options_.past->MayTakePart();
  if (may.ok()) return true;
  AskWitnesses();
  TellOperator(absl::StrCat("job ", plan.job_id(), ": refused (own past): ", may.message()));
  v1::Refusal refusal;
  *refusal.mutable_plan() = plan;
  refusal.set_reason(std::string(may.message()));
  refusal.set_permanent(absl::IsFailedPrecondition(may));
  Refuse(std::move(refusal), job_sha256);
  return false;
}

// Where what this site waits for has changed.
void SiteEngine::TellReadiness() {
  v1::Hello hello = MakeHello();
  if (hello.readiness().waiting_for() == told_waiting_for_) return;
  told_waiting_for_ = hello.readiness().waiting_for();
  session_->SetHello(hello);
  if (paused_ || channel_ == nullptr) return;
  v1::SiteMessage message;
  *message.mutable_readiness() = std::move(*hello.mutable_readiness());
  session_->Send(std::move(message));
}

}  // namespace accord
