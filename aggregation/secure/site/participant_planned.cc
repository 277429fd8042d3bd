#include "aggregation/secure/site/participant_planned.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/site/another_attempt.h"
#include "aggregation/secure/site/participant_masked.h"
#include "aggregation/secure/site/participant_missing.h"
#include "aggregation/secure/site/upload_making.h"

namespace accord::secure {

std::string PlannedState::Describe() const {
  return absl::StrCat("attempt ", attempt_->terms.attempt, ": computes its vector");
}

SiteStep PlannedState::On(const VectorComputed& event) { return Settle(Mask(event.vector_name)); }

// The upload is in the record before the first masked byte leaves: after a restart the transcript is refused.
Verdict<SiteStep> PlannedState::Mask(const Sha256Digest& vector_name) {
  ACCORD_RETURN_IF_OBJECTION(CheckVectorAgainst(attempt_->Binding(context_), attempt_->place, vector_name));
  ACCORD_ASSIGN_OR_RETURN(OwnUpload upload, MakeUpload(context_, *epoch_, *attempt_, vector_name));
  const Uploaded entry{attempt_->terms.job_id, attempt_->terms.attempt, attempt_->transcript(), vector_name};
  SiteStep step;
  step.actions.push_back(AppendRecord{context_.record.Append(entry)});
  step.actions.push_back(MaskVector{upload.masks});
  step.next = std::make_unique<MaskedState>(context_, std::move(epoch_), std::move(attempt_), std::move(upload));
  return step;
}

SiteStep PlannedState::On(const PairSeedsRequested& event) {
  Verdict<std::vector<SecretBytes>> pair_seeds = DerivePairSeeds(*epoch_, *attempt_);
  if (!pair_seeds.ok()) return Refused(std::move(pair_seeds).status());
  Verdict<SurvivorList> list = CheckIsMissing(AttemptView{context_, *epoch_, *attempt_}, event);
  if (!list.ok()) return Refused(std::move(list).status());
  auto missing = std::make_unique<MissingState>(context_, std::move(epoch_), std::move(attempt_),
                                                std::move(list).value().set, std::move(pair_seeds).value());
  SiteStep step = missing->Reveal(event.gone);
  if (step.next == nullptr) step.next = std::move(missing);
  return step;
}

}  // namespace accord::secure
