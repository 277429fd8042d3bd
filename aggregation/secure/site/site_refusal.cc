#include "aggregation/secure/site/site_refusal.h"

#include <iterator>
#include <utility>

namespace accord::secure {
namespace {

constexpr std::pair<SiteRefusal, absl::string_view> kNames[] = {
    {SiteRefusal::kOutOfOrder, "out_of_order"},
    {SiteRefusal::kStopped, "stopped"},
    {SiteRefusal::kOtherJob, "other_job"},
    {SiteRefusal::kMalformed, "malformed"},
    {SiteRefusal::kBadSignature, "bad_signature"},
    {SiteRefusal::kInternal, "internal"},
    {SiteRefusal::kOtherRoster, "other_roster"},
    {SiteRefusal::kReplayedEpoch, "replayed_epoch"},
    {SiteRefusal::kOwnKeyAltered, "own_key_altered"},
    {SiteRefusal::kUnknownSite, "unknown_site"},
    {SiteRefusal::kListOutOfOrder, "list_out_of_order"},
    {SiteRefusal::kOtherEpoch, "other_epoch"},
    {SiteRefusal::kRepeatedKey, "repeated_key"},
    {SiteRefusal::kWeakKey, "weak_key"},
    {SiteRefusal::kCohortBelowFloor, "cohort_below_floor"},
    {SiteRefusal::kRestoredFromBackup, "restored_from_backup"},
    {SiteRefusal::kReplayedAttempt, "replayed_attempt"},
    {SiteRefusal::kBadTerms, "bad_terms"},
    {SiteRefusal::kNonceUnlikeCommitment, "nonce_unlike_commitment"},
    {SiteRefusal::kPreviousNotProven, "previous_not_proven"},
    {SiteRefusal::kPreviousSkipped, "previous_skipped"},
    {SiteRefusal::kBoundToSurvivors, "bound_to_survivors"},
    {SiteRefusal::kBoundToVector, "bound_to_vector"},
    {SiteRefusal::kTranscriptLost, "transcript_lost"},
    {SiteRefusal::kOtherUpload, "other_upload"},
    {SiteRefusal::kOwnHeaderMissing, "own_header_missing"},
    {SiteRefusal::kOtherTranscript, "other_transcript"},
    {SiteRefusal::kOutsideCohort, "outside_cohort"},
    {SiteRefusal::kPeerRecordForked, "peer_record_forked"},
    {SiteRefusal::kTooFewSurvivors, "too_few_survivors"},
    {SiteRefusal::kSurvivorsBelowFloor, "survivors_below_floor"},
    {SiteRefusal::kNeighbourhoodCut, "neighbourhood_cut"},
    {SiteRefusal::kTooManyMissing, "too_many_missing"},
    {SiteRefusal::kTamperedOffer, "tampered_offer"},
    {SiteRefusal::kAlreadySigned, "already_signed"},
    {SiteRefusal::kVoided, "voided"},
    {SiteRefusal::kNotSigned, "not_signed"},
    {SiteRefusal::kTooFewSignatures, "too_few_signatures"},
    {SiteRefusal::kOtherSurvivorSet, "other_survivor_set"},
    {SiteRefusal::kOtherAttempt, "other_attempt"},
    {SiteRefusal::kNotASurvivor, "not_a_survivor"},
    {SiteRefusal::kNotANeighbour, "not_a_neighbour"},
    {SiteRefusal::kIsASurvivor, "is_a_survivor"},
    {SiteRefusal::kNoShares, "no_shares"},
    {SiteRefusal::kSigned, "signed"},
    {SiteRefusal::kTooManyVoids, "too_many_voids"},
};
static_assert(std::size(kNames) == kNumSiteRefusals);

}  // namespace

absl::string_view SiteRefusalName(SiteRefusal refusal) {
  for (const auto& [named, name] : kNames) {
    if (named == refusal) return name;
  }
  return "unknown";
}

}  // namespace accord::secure
