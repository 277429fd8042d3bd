#include "aggregation/secure/site/participant_masked.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/offer_check.h"
#include "aggregation/secure/site/participant_missing.h"
#include "aggregation/secure/site/participant_signed.h"
#include "aggregation/secure/site/upload_making.h"

namespace accord::secure {

std::string MaskedState::Describe() const {
  return absl::StrCat("attempt ", attempt_->terms.attempt, ": sends its masked vector; nothing can be opened yet");
}

AttemptView MaskedState::View() const {
  return AttemptView{context_, *epoch_, *attempt_, upload_.payload_digest.has_value() ? &upload_.header : nullptr};
}

SiteStep MaskedState::OnSamePlan() {
  SiteStep step;
  step.actions.push_back(MaskVector{upload_.masks});
  if (upload_.payload_digest.has_value()) step.actions.push_back(SendHeader{upload_.header, upload_.offers});
  return step;
}

SiteStep MaskedState::On(const VectorComputed& event) {
  if (event.vector_name == upload_.vector_name) return OnSamePlan();
  return Refused(
      Refusal(SiteRefusal::kOtherUpload,
              "a second vector came for one attempt: under the same masks the two would open their difference"));
}

SiteStep MaskedState::On(const VectorMasked& event) { return Settle(SendUpload(event.payload_digest)); }

Verdict<SiteStep> MaskedState::SendUpload(const Sha256Digest& payload_digest) {
  if (upload_.payload_digest.has_value() && payload_digest != *upload_.payload_digest) {
    return Refusal(SiteRefusal::kOtherUpload, "the same vector gave other masked bytes than before");
  }
  if (!upload_.payload_digest.has_value()) {
    upload_.payload_digest = payload_digest;
    Verdict<SignedBytes> header = MakeHeader(context_, *attempt_, upload_);
    if (!header.ok()) upload_.payload_digest.reset();
    if (!header.ok()) return std::move(header).status();
    upload_.header = std::move(header).value();
  }
  SiteStep step;
  step.actions.push_back(SendHeader{upload_.header, upload_.offers});
  return step;
}

SiteStep MaskedState::On(const SurvivorsListed& event) { return Settle(SignSurvivors(event)); }

Verdict<SiteStep> MaskedState::SignSurvivors(const SurvivorsListed& event) {
  const AttemptView view = View();
  ACCORD_ASSIGN_OR_RETURN(SurvivorList list, CheckHeaders(view, event.headers));
  ACCORD_RETURN_IF_OBJECTION(CheckMaySign(view, list, event.headers));
  ACCORD_ASSIGN_OR_RETURN(TakenOffers taken, TakeOffers(view, list, event.offers, upload_.pair_seeds));
  SiteStep step;
  RecordSignature(list, step);
  if (context_.record.peers().TakeChanged()) step.actions.push_back(KeepPeers{});
  const SurvivorStatement statement{list.set, context_.site(), context_.record.sequence(), context_.record.head(),
                                    std::move(taken.complaints)};
  absl::StatusOr<SignedBytes> message = Sign(statement, context_.signer);
  if (!message.ok()) {  // with what was recorded: the record must never be ahead of its file
    step.actions.push_back(Refuse{SiteRefusal::kInternal, std::string(message.status().message()), false, {}});
    return step;
  }
  step.actions.push_back(SendSurvivorStatement{*message});
  step.next = std::make_unique<SignedState>(
      context_, std::move(epoch_), std::move(attempt_),
      SignedUpload{std::move(upload_), std::move(list), *std::move(message), std::move(taken.shares)});
  return step;
}

// Once for a transcript, ever, and before the statement exists.
void MaskedState::RecordSignature(const SurvivorList& list, SiteStep& step) const {
  if (context_.record.FindSigned(attempt_->transcript()).has_value()) return;
  const CohortTerms& quorum = attempt_->agreement.quorum;
  Signed entry;
  entry.job_id = attempt_->terms.job_id;
  entry.attempt = attempt_->terms.attempt;
  entry.transcript = attempt_->transcript();
  entry.place = attempt_->place.place;
  entry.question = attempt_->place.question;
  entry.survivors_hash = list.set.survivors_hash;
  entry.vector_name = upload_.vector_name;
  entry.encoding_sites = attempt_->terms.encoding_sites;
  entry.required_signatures = quorum.required_signatures;
  entry.colluding_sites = quorum.colluding_sites;
  entry.weight_cap = attempt_->terms.weight_cap;
  entry.cohort = epoch_->sites;
  entry.survivors = list.sites;
  entry.seen = SeenToReport(context_.site(), context_.record.Seen());
  step.actions.push_back(AppendRecord{context_.record.Append(entry)});
}

SiteStep MaskedState::On(const PairSeedsRequested& event) {
  Verdict<SurvivorList> list = CheckIsMissing(View(), event);
  if (!list.ok()) return Refused(std::move(list).status());
  auto missing = std::make_unique<MissingState>(context_, std::move(epoch_), std::move(attempt_),
                                                std::move(list).value().set, std::move(upload_.pair_seeds));
  SiteStep step = missing->Reveal(event.gone);
  if (step.next == nullptr) step.next = std::move(missing);
  return step;
}

}  // namespace accord::secure
