// The prefixes under which the secure sum hashes and signs, all of them. A prefix ends where its zero byte stands and
// none contains one, so bytes signed or hashed for one use can never be read as another's. A TLS handshake signature
// starts with 64 spaces and a certificate request with 0x30: neither can be mistaken for one of these.
#pragma once

#include "absl/strings/string_view.h"
#include "base/domain_hash.h"

namespace accord::secure {

// Signed with a site's identity key.
inline constexpr absl::string_view kKeyStatementDomain = "accord/v1/epoch-key";
inline constexpr absl::string_view kUploadHeaderDomain = "accord/v1/upload-header";
inline constexpr absl::string_view kSurvivorStatementDomain = "accord/v1/survivors";
inline constexpr absl::string_view kVoidStatementDomain = "accord/v1/void";
inline constexpr absl::string_view kRevealStatementDomain = "accord/v1/reveal";
inline constexpr absl::string_view kWitnessDomain = "accord/v1/witness";

// Hashed.
inline constexpr absl::string_view kEpochDomain = "accord/v1/epoch";
inline constexpr absl::string_view kHeaderHashDomain = "accord/v1/header-hash";
inline constexpr absl::string_view kSurvivorSetDomain = "accord/v1/survivor-set";
inline constexpr absl::string_view kShownStatementsDomain = "accord/v1/shown-statements";
inline constexpr absl::string_view kOffersDomain = "accord/v1/offers";
inline constexpr absl::string_view kGraphNonceDomain = "accord/v1/graph-nonce";
inline constexpr absl::string_view kGraphSeedDomain = "accord/v1/graph-seed";
inline constexpr absl::string_view kSelfCommitmentDomain = "accord/v1/self-commitment";
inline constexpr absl::string_view kPairCommitmentDomain = "accord/v1/pair-commitment";
inline constexpr absl::string_view kShareCommitmentDomain = "accord/v1/share-commitment";
inline constexpr absl::string_view kTranscriptDomain = "accord/v1/transcript";
inline constexpr absl::string_view kAgreementDomain = "accord/v1/transcript-agreement";
inline constexpr absl::string_view kCohortDomain = "accord/v1/transcript-cohort";
inline constexpr absl::string_view kEncodingDomain = "accord/v1/transcript-encoding";
inline constexpr absl::string_view kPreviousDomain = "accord/v1/transcript-previous";
inline constexpr absl::string_view kLogHeadDomain = "accord/v1/transcript-log-head";
inline constexpr absl::string_view kVectorSchemaDomain = "accord/v1/vector-schema";
inline constexpr absl::string_view kStatisticsDomain = "accord/v1/statistics";
// Hashed by a site for itself, into its own record.
inline constexpr absl::string_view kPlaceDomain = "accord/v1/place";
inline constexpr absl::string_view kQuestionDomain = "accord/v1/question";
inline constexpr absl::string_view kSiteRecordDomain = "accord/v1/site-record";

// Labels of keys and packets, which are never hashed or signed, stand where they are used: accord/v1/mask and
// accord/v1/share (key_schedule.h), accord/v1/share-packet (share_packet.h). A zero byte ends each of them too, so
// accord/v1/share is not the beginning of accord/v1/share-packet. The roster's is in trust/roster/roster.h.

}  // namespace accord::secure
