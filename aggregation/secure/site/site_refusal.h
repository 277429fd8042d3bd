// Every reason for which a site refuses what the coordinator asks, by name.
#pragma once

#include "absl/strings/string_view.h"

namespace accord::secure {

enum class SiteRefusal {
  // ---- any time ----
  kOutOfOrder,  // not in this state
  kStopped,     // an earlier, permanent refusal still holds
  kOtherJob,    // another job id, or other bytes under the same id
  kMalformed,   // bytes that are not the message that they should be
  kBadSignature,
  kInternal,  // this site's own key, generator or disk failed
  // ---- epoch ----
  kOtherRoster,
  kReplayedEpoch,       // an epoch number that this site's record has seen
  kOwnKeyAltered,       // own statement missing from the list, or not as it was sent
  kUnknownSite,         // no such site in the roster
  kListOutOfOrder,      // a site twice, or not in cohort order
  kOtherEpoch,          // a statement or nonce of another epoch, job or roster
  kRepeatedKey,         // one key at two sites
  kWeakKey,             // a key with which every secret is zero
  kCohortBelowFloor,    // too few sites or organisations for this site's or the job's floors, or too many colluders
  kRestoredFromBackup,  // others saw newer entries of this site's record than it has, or say so
  // ---- plan ----
  kReplayedAttempt,
  kBadTerms,
  kNonceUnlikeCommitment,
  kPreviousNotProven,
  kPreviousSkipped,   // this site knows a later attempt that was signed by enough
  kBoundToSurvivors,  // signed the same place before, with other survivors
  kBoundToVector,     // signed the same question before, with another vector
  kTranscriptLost,    // uploaded for this transcript before and lost its keys
  kOtherUpload,       // a second vector or payload for one transcript
  // ---- survivors ----
  kOwnHeaderMissing,
  kOtherTranscript,  // a member did not see what this site saw
  kOutsideCohort,
  kPeerRecordForked,  // a member's record went backwards, or has two pasts
  kTooFewSurvivors,
  kSurvivorsBelowFloor,  // of any header, or fewer than two beside those who may collude
  kNeighbourhoodCut,
  kTooManyMissing,
  kTamperedOffer,
  kAlreadySigned,  // another set of this transcript
  kVoided,         // promised never to sign this transcript
  // ---- unmasking ----
  kNotSigned,  // asked to reveal without having signed
  kTooFewSignatures,
  kOtherSurvivorSet,  // a member signed another set of this transcript
  kOtherAttempt,      // a statement of another attempt, or with other counts
  kNotASurvivor,      // shares are for survivors only
  kNotANeighbour,
  kIsASurvivor,  // pair seeds of a missing site are asked from one that is listed
  kNoShares,     // none are made among three sites or fewer, or it has no good one
  kSigned,       // no void statement: this site has signed
  kTooManyVoids,
};

inline constexpr int kNumSiteRefusals = static_cast<int>(SiteRefusal::kTooManyVoids) + 1;

// "bound_to_survivors": for logs, reports and the wire.
absl::string_view SiteRefusalName(SiteRefusal refusal);

}  // namespace accord::secure
