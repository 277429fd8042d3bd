#include "aggregation/secure/site/plan_check.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/agreement/roster_view.h"
#include "aggregation/secure/messages/limits.h"
#include "aggregation/secure/messages/survivor_quorum.h"

namespace accord::secure {
namespace {

// Void statements of several earlier attempts may be shown at once.
constexpr size_t kMaxVoids = 4 * kMaxCohort;

Objection CheckIdentity(const ParticipantContext& context, const JoinedEpoch& epoch, const AttemptPlanned& event) {
  const AttemptTerms& terms = event.terms;
  if (terms.job_id != context.job_id || terms.job_sha256 != context.job_sha256) {
    return Refusal(SiteRefusal::kOtherJob, "the plan is for another job, or for other bytes under this job's id");
  }
  if (terms.epoch != epoch.own.terms.epoch) {
    return Refusal(SiteRefusal::kOtherEpoch, absl::StrCat("the plan is for epoch ", terms.epoch,
                                                          "; this site's keys are of ", epoch.own.terms.epoch));
  }
  if (event.previous.size() > kMaxCohort || event.voids.size() > kMaxVoids) {
    return Refusal(SiteRefusal::kMalformed, "more statements came with the plan than there can be sites");
  }
  return std::nullopt;
}

Objection CheckIsNewer(const ParticipantContext& context, const AttemptTerms& terms) {
  if (terms.attempt > context.last_attempt && terms.attempt >= terms.epoch) return std::nullopt;
  return Refusal(SiteRefusal::kReplayedAttempt, absl::StrCat("attempt ", terms.attempt, " is not newer than attempt ",
                                                             context.last_attempt, " and epoch ", terms.epoch));
}

Refusal NotProven(absl::string_view why) {
  return Refusal(SiteRefusal::kPreviousNotProven,
                 absl::StrCat("the plan does not prove the last attempt that was signed: ", why));
}

// The proof must be of the last attempt that this site knows, or of a later one.
Objection CompareWithKnown(const ParticipantContext& context, const SurvivorSet& set) {
  const std::optional<ProvenAttempt> known = context.LastProven();
  if (known.has_value() && set.attempt < known->attempt) {
    return Refusal(SiteRefusal::kPreviousSkipped, absl::StrCat("the plan builds on attempt ", set.attempt, "; attempt ",
                                                               known->attempt, " was signed after it"));
  }
  const ProvenAttempt shown{set.attempt, set.transcript, set.survivors_hash};
  if (known.has_value() && set.attempt == known->attempt && shown != *known) {
    return NotProven(absl::StrCat("attempt ", set.attempt, " was signed with another outcome before this site's eyes"));
  }
  const std::optional<Signed> own = context.record.FindSigned(set.transcript);
  if (own.has_value() && own->survivors_hash != set.survivors_hash) {
    return NotProven(absl::StrCat("in attempt ", set.attempt, " this site signed other survivors"));
  }
  return std::nullopt;
}

Verdict<std::optional<PreviousOpened>> CheckPrevious(ParticipantContext& context, const AttemptPlanned& event) {
  if (event.previous.empty()) {
    const std::optional<ProvenAttempt> known = context.LastProven();
    if (!known.has_value()) return std::optional<PreviousOpened>();
    return Refusal(SiteRefusal::kPreviousSkipped,
                   absl::StrCat("the plan shows no earlier attempt; attempt ", known->attempt, " was signed"));
  }
  auto keys = [&context](absl::string_view site) { return context.Key(site); };
  auto organisations = [&context](absl::string_view site) { return RosterOrganisation(context.roster(), site); };
  absl::StatusOr<SurvivorSet> set = CheckOpenedProof(
      event.previous, context.job_id, ProofContext{keys, organisations, event.terms.colluding_organisations});
  if (!set.ok()) return NotProven(set.status().message());
  if (set->attempt >= event.terms.attempt) return NotProven("it is not earlier than the plan");
  ACCORD_RETURN_IF_OBJECTION(CompareWithKnown(context, *set));
  context.NoteProven(*set);
  return std::optional<PreviousOpened>(PreviousOpened{set->transcript, set->survivors_hash, set->cohort_size,
                                                      set->required_signatures, HashShownStatements(event.previous)});
}

Verdict<Agreement> AgreeTo(ParticipantContext& context, const JoinedEpoch& epoch, const AttemptPlanned& event) {
  ACCORD_ASSIGN_OR_RETURN(const std::optional<PreviousOpened> previous, CheckPrevious(context, event));
  if (event.terms.graph.sparse && !GraphSeed(epoch.list, event.graph_nonces).ok()) {
    return Refusal(SiteRefusal::kNonceUnlikeCommitment,
                   "the graph's nonces are not those that the members committed to");
  }
  absl::StatusOr<Agreement> agreement =
      Agree(event.terms, AgreedEpoch{context.roster(), epoch.list, event.graph_nonces}, previous);
  if (!agreement.ok()) return Refusal(SiteRefusal::kBadTerms, std::string(agreement.status().message()));
  return *std::move(agreement);
}

// Its keys and seeds are gone with a restart, and a second upload under one set of masks would open the difference.
Objection CheckNotUsedBefore(const SiteRecord& record, const Sha256Digest& transcript) {
  if (record.IsVoided(transcript)) {
    return Refusal(SiteRefusal::kVoided, "this site promised never to sign this attempt");
  }
  if (record.FindUploaded(transcript) == nullptr && !record.FindSigned(transcript).has_value()) return std::nullopt;
  return Refusal(SiteRefusal::kTranscriptLost,
                 "this site has uploaded for this attempt before and lost its keys since");
}

std::vector<uint32_t> NeighboursOf(const NeighbourGraph& graph, size_t self) {
  const auto neighbours = graph.Neighbours(static_cast<uint32_t>(self));
  return std::vector<uint32_t>(neighbours.begin(), neighbours.end());
}

}  // namespace

Verdict<JoinedAttempt> AcceptPlan(ParticipantContext& context, const JoinedEpoch& epoch, const AttemptPlanned& event) {
  ACCORD_RETURN_IF_OBJECTION(CheckIdentity(context, epoch, event));
  ACCORD_RETURN_IF_OBJECTION(CheckIsNewer(context, event.terms));
  ACCORD_ASSIGN_OR_RETURN(Agreement agreement, AgreeTo(context, epoch, event));
  absl::Status floors = CheckCohortFloors(agreement.quorum, context.config.floors, event.terms.two_sites);
  if (!floors.ok()) return Refusal(SiteRefusal::kCohortBelowFloor, std::string(floors.message()));
  ACCORD_RETURN_IF_OBJECTION(CheckNotUsedBefore(context.record, agreement.transcript));
  std::vector<uint32_t> neighbours = NeighboursOf(*agreement.graph, epoch.self);
  const AttemptPlace place = PlaceOf(event.terms);
  std::vector<Freed> released =
      FreedBy(context.record, place, event.voids, [&context](absl::string_view site) { return context.Key(site); });
  JoinedAttempt joined{event.terms, std::move(agreement), place, std::move(released), std::move(neighbours)};
  ACCORD_RETURN_IF_OBJECTION(CheckPlanAgainst(joined.Binding(context), joined.place, epoch.sites, event.terms));
  return joined;
}

Objection CheckSamePlan(const JoinedAttempt& in_hand, const AttemptPlanned& event) {
  const std::optional<PreviousOpened>& previous = in_hand.agreement.fields.previous;
  const bool same_previous =
      previous.has_value() ? HashShownStatements(event.previous) == previous->statements : event.previous.empty();
  if (event.terms == in_hand.terms && same_previous) return std::nullopt;
  return Refusal(SiteRefusal::kReplayedAttempt,
                 absl::StrCat("attempt ", event.terms.attempt, " came a second time with other terms"));
}

}  // namespace accord::secure
