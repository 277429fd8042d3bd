#include "aggregation/secure/site/secure_participant.h"

#include <utility>

#include "aggregation/secure/site/participant_no_epoch.h"
#include "aggregation/secure/site/participant_state.h"
#include "aggregation/secure/site/participant_stopped.h"

namespace accord::secure {

struct SecureParticipant::Impl {
  ParticipantContext context;
  StateHandle state;

  SiteStep Dispatch(const SiteEvent& event) {
    if (state->state() == State::kStopped) {
      return state->Refused(Refusal(SiteRefusal::kStopped, state->Describe()));
    }
    if (!context.record.distrusted().empty()) {
      return state->Refused(Refusal(SiteRefusal::kRestoredFromBackup, context.record.distrusted()).ForGood());
    }
    return std::visit([this](const auto& value) { return state->On(value); }, event);
  }
};

SecureParticipant::SecureParticipant(SecureParticipantConfig config, const Signer& signer, EntropySource& entropy,
                                     SiteRecord& record)
    : impl_(new Impl{ParticipantContext{std::move(config), signer, entropy, record}, nullptr}) {
  impl_->state = std::make_unique<NoEpochState>(impl_->context);
}

SecureParticipant::~SecureParticipant() = default;

std::vector<SiteAction> SecureParticipant::Handle(const SiteEvent& event) {
  SiteStep step = impl_->Dispatch(event);
  if (step.next != nullptr) impl_->state = std::move(step.next);
  return std::move(step.actions);
}

SecureParticipant::State SecureParticipant::state() const { return impl_->state->state(); }

std::string SecureParticipant::Describe() const { return impl_->state->Describe(); }

}  // namespace accord::secure
