// What a site (or the coordinator) keeps when somebody lied: the signed messages that it saw, as they were signed, the
// terms that it computed itself, and one line of its own words.
//
// A file of evidence is checked by anybody, offline (verdict.h, `accord audit evidence FILE`). What it proves follows
// from the signed messages alone; `kind`, `witness` and `claim` are what the writer says, and are unsigned.
//
// A file is UTF-8 text, each line ended by one LF; BASE64 is RFC 4648 section 4, with padding:
//
//   accord-evidence-v1
//   kind: NAME                          what the writer says that it shows
//   witness: ID                         who wrote it
//   claim: TEXT                         in words, 1 to 1000 bytes without control characters
//   transcript: BASE64                  none or one: Serialize(TranscriptFields) as the writer computed it
//   log-head: BASE64 | BASE64 | BASE64  none or one: the log's first entry, the head in those terms, its signature
//   message: NAME | BASE64 | BASE64     any number: kind (MessageKindName), bytes, signature
//   offer: BASE64                       any number: Serialize(ShownOffer)
//   share: MAKER | HOLDER | BASE64      any number: shares of a convicted maker's self-mask seed
//   roster:                             then the roster's bytes, unchanged, up to the end of the file
//
// Headers that together are one set of survivors stand next to each other, in cohort order.
//
// No secret of an honest site is in it: statements of what was revealed hold commitments, not seeds, and shares are
// written only of a maker whose rebuilt seed is not the one that it committed to: it lied, and they are its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/messages/offers.h"
#include "aggregation/secure/messages/record_position.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/messages/transcript.h"
#include "trust/log/log_file.h"

namespace accord::secure {

enum class EvidenceKind {
  kUnequalTranscripts,      // members took part in one attempt under different terms
  kTwoSurvivorSets,         // two sets of one attempt were signed, by one site or by several
  kTwoUploads,              // one site signed two uploads for one attempt
  kTwoKeys,                 // one site stated two keys for one epoch
  kSignedAndVoided,         // a site signed a set after (or before) it promised that it never would
  kRecordForked,            // one site's record has two pasts: restored from a backup, or copied
  kRevealUnlikeCommitment,  // a revealed seed or share is not the one that was committed to
  kBadShares,               // a maker's shares do not rebuild the seed that it committed to
  kPairDisagreement,        // two sites committed to different seeds for their pair mask
  kImpossibleTerms,         // a site signed floors or counts that its own cohort cannot have
  kOwnKeyAltered,           // the epoch's list had another key in the writer's name
  kBadSignature,            // a message whose signature is not that of the site it names
};
inline constexpr int kNumEvidenceKinds = 12;

// "unequal-transcripts": in files, logs and reports.
absl::string_view EvidenceKindName(EvidenceKind kind);

enum class MessageKind { kKeyStatement, kUploadHeader, kSurvivorStatement, kVoidStatement, kRevealStatement };
inline constexpr int kNumMessageKinds = 5;
// "upload-header": the last part of the domain under which it is signed.
absl::string_view MessageKindName(MessageKind kind);

struct EvidenceMessage {
  MessageKind kind = MessageKind::kUploadHeader;
  SignedBytes message;

  friend bool operator==(const EvidenceMessage&, const EvidenceMessage&) = default;
};

// As it stands in a file.
EvidenceMessage AsEvidence(const SignedPosition& position);

// One share of `maker`'s self-mask seed, opened. See above for when it may be written.
struct EvidenceShare {
  std::string maker;
  std::string holder;
  std::string share;  // 32 bytes

  friend bool operator==(const EvidenceShare&, const EvidenceShare&) = default;
};

struct Evidence {
  EvidenceKind kind = EvidenceKind::kUnequalTranscripts;
  std::string witness;  // the writer: a site's id, or "coordinator"
  std::string claim;    // the writer's words
  std::optional<TranscriptFields> transcript;
  std::optional<HeadOfLog> log_head;  // that the writer's transcript names, signed by the log's key
  std::vector<EvidenceMessage> messages;
  std::vector<ShownOffer> offers;
  std::vector<EvidenceShare> shares;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

inline constexpr size_t kMaxClaimBytes = 1000;
inline constexpr size_t kMaxEvidenceBytes = size_t{128} << 20;  // the largest roster and the headers of the largest set

inline constexpr absl::string_view kEvidenceTitle = "accord-evidence-v1";

// The file. Control characters in the claim become spaces; longer claims are cut.
std::string WriteEvidence(const Evidence& evidence, absl::string_view roster_bytes);

struct EvidenceFile {
  Evidence evidence;
  std::string roster_bytes;
};
// INVALID_ARGUMENT with the number of the line for whatever is not the format above. Says nothing about signatures.
absl::StatusOr<EvidenceFile> ParseEvidence(absl::string_view bytes);

}  // namespace accord::secure
