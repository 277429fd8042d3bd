// What every state answers alike: a new epoch, a promise never to sign, the end of an attempt, a pause.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/void_statement.h"
#include "aggregation/secure/site/participant_keyed.h"
#include "aggregation/secure/site/participant_no_epoch.h"
#include "aggregation/secure/site/participant_state.h"

namespace accord::secure {
namespace {

// Each costs a durable entry, and a coordinator could fill the disk.
constexpr uint32_t kMaxUnknownVoids = 64;

Refusal Internal(absl::string_view action, const absl::Status& status) {
  return Refusal(SiteRefusal::kInternal, absl::StrCat("cannot ", action, ": ", status.message()));
}

absl::StatusOr<GraphNonce> DrawNonce(EntropySource& entropy) {
  GraphNonce nonce;
  absl::Status status = entropy.Fill(absl::MakeSpan(nonce));
  if (!status.ok()) return status;
  return nonce;
}

}  // namespace

// ---- a new epoch ----

SiteStep ParticipantState::On(const EpochRequested& event) {
  const OwnEpoch* own = own_epoch();
  if (Objection objection = CheckEpochRequest(event)) return Refused(*std::move(objection));
  if (own != nullptr && own->terms.epoch == event.epoch) return SiteStep::Stay(SendKeyStatement{own->statement});
  return Settle(OpenEpoch(event));
}

Objection ParticipantState::CheckEpochRequest(const EpochRequested& event) const {
  const bool is_first = context_.job_id.empty();
  if (!IsJobId(event.job_id) || (!is_first && event.job_id != context_.job_id) ||
      (!is_first && event.job_sha256 != context_.job_sha256)) {
    return Refusal(SiteRefusal::kOtherJob, "asked for keys of another job, or of other bytes under this job's id");
  }
  if (context_.record.LostEntriesOf(event.job_id)) {
    return Refusal(SiteRefusal::kRestoredFromBackup,
                   absl::StrCat("this site's state was put back from an older copy while job ", event.job_id,
                                " ran: nobody here knows what it signed in it, so it takes no further part in that "
                                "job; submit it anew, from other initial weights"))
        .ForGood();
  }
  const RosterSite* self = context_.roster().Find(context_.site());
  if (self == nullptr || self->public_key_der != context_.signer.public_key_der()) {
    return Refusal(SiteRefusal::kUnknownSite,
                   absl::StrCat("the roster does not list ", context_.site(), " with the key that it has"));
  }
  if (event.roster_hash != context_.roster().hash()) {
    return Refusal(SiteRefusal::kOtherRoster,
                   absl::StrCat("the coordinator goes by roster ", HexDigest(event.roster_hash), ", this site by ",
                                HexDigest(context_.roster().hash()), "; both must have the newest one"));
  }
  const OwnEpoch* own = own_epoch();
  if (own != nullptr && own->terms.epoch == event.epoch) return std::nullopt;
  const uint32_t last = std::max(context_.last_attempt, context_.record.LastNumber(event.job_id));
  if (event.epoch > last) return std::nullopt;
  return Refusal(SiteRefusal::kReplayedEpoch, absl::StrCat("epoch ", event.epoch, " of job ", event.job_id,
                                                           ": this site already knows number ", last));
}

Verdict<SiteStep> ParticipantState::OpenEpoch(const EpochRequested& event) {
  absl::StatusOr<EpochKeyPair> key_pair = EpochKeyPair::Generate(context_.entropy);
  if (!key_pair.ok()) return Internal("make a key", key_pair.status());
  absl::StatusOr<GraphNonce> nonce = DrawNonce(context_.entropy);
  if (!nonce.ok()) return Internal("draw a nonce", nonce.status());
  KeyStatement statement{event.job_id,
                         event.job_sha256,
                         event.roster_hash,
                         event.epoch,
                         context_.site(),
                         key_pair->public_key(),
                         NonceCommitment(*nonce),
                         SeenToReport(context_.site(), context_.record.Seen())};
  absl::StatusOr<SignedBytes> message = Sign(statement, context_.signer);
  if (!message.ok()) return Internal("sign a key", message.status());
  context_.job_id = event.job_id;
  context_.job_sha256 = event.job_sha256;
  OwnEpoch own{EpochTerms{event.job_id, event.job_sha256, event.roster_hash, event.epoch}, *message,
               *std::move(key_pair), *nonce};
  SiteStep step;
  step.actions.push_back(AppendRecord{context_.record.Append(EpochOpened{event.job_id, event.epoch})});
  step.actions.push_back(SendKeyStatement{*std::move(message)});
  step.next = std::make_unique<KeyedState>(context_, std::move(own));
  return step;
}

// ---- a promise never to sign ----

SiteStep ParticipantState::On(const VoidRequested& event) {
  if (std::optional<Signed> entry = context_.record.FindSigned(event.transcript)) {
    return Refused(Refusal(SiteRefusal::kSigned,
                           absl::StrCat("this site has signed who is in the sum of attempt ", entry->attempt))
                       .With(BoundTo{entry->survivors, entry->encoding_sites}));
  }
  return Settle(PromiseNeverToSign(event.transcript));
}

Verdict<SiteStep> ParticipantState::PromiseNeverToSign(const Sha256Digest& transcript) {
  const bool in_hand = attempt() != nullptr && attempt()->transcript() == transcript;
  const bool known = in_hand || context_.record.IsVoided(transcript) || context_.record.FindUploaded(transcript);
  if (!known && ++context_.num_unknown_voids > kMaxUnknownVoids) {
    return Refusal(SiteRefusal::kTooManyVoids, "asked too often about attempts that this site never heard of");
  }
  SiteStep step;
  if (!context_.record.IsVoided(transcript)) {
    step.actions.push_back(AppendRecord{context_.record.Append(Voided{transcript})});
  }
  const VoidStatement statement{transcript, context_.site(), context_.record.sequence(), context_.record.head()};
  absl::StatusOr<SignedBytes> message = Sign(statement, context_.signer);
  if (message.ok()) {
    step.actions.push_back(SendVoid{*std::move(message)});
  } else {
    step.actions.push_back(TellOperator{Internal("sign a void statement", message.status()).reason});
  }
  if (in_hand && VoidEndsAttempt()) step.next = LeaveAttempt();
  return step;
}

// ---- the end of an attempt, a pause ----

SiteStep ParticipantState::On(const AttemptEnded& event) {
  if (event.outcome == AttemptOutcome::kJobOver) return SiteStep::To(std::make_unique<NoEpochState>(context_));
  if (attempt() == nullptr || attempt()->terms.attempt != event.attempt) return {};
  return SiteStep::To(LeaveAttempt());
}

SiteStep ParticipantState::On(const Forget&) { return SiteStep::To(std::make_unique<NoEpochState>(context_)); }

}  // namespace accord::secure
