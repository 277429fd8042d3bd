#include "aggregation/secure/evidence/evidence.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace accord::secure {
namespace {

std::string Base64(absl::string_view bytes) {
  std::string text;
  absl::Base64Escape(bytes, &text);
  return text;
}

// One line, not empty, not too long, whatever the words were made of.
std::string OneLine(std::string words) {
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  if (words.size() > kMaxClaimBytes) words.resize(kMaxClaimBytes);
  words.resize(ValidUtf8Prefix(words));
  return words.empty() ? "(no words)" : words;
}

}  // namespace

absl::string_view EvidenceKindName(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kUnequalTranscripts:
      return "unequal-transcripts";
    case EvidenceKind::kTwoSurvivorSets:
      return "two-survivor-sets";
    case EvidenceKind::kTwoUploads:
      return "two-uploads";
    case EvidenceKind::kTwoKeys:
      return "two-keys";
    case EvidenceKind::kSignedAndVoided:
      return "signed-and-voided";
    case EvidenceKind::kRecordForked:
      return "record-forked";
    case EvidenceKind::kRevealUnlikeCommitment:
      return "reveal-unlike-commitment";
    case EvidenceKind::kBadShares:
      return "bad-shares";
    case EvidenceKind::kPairDisagreement:
      return "pair-disagreement";
    case EvidenceKind::kImpossibleTerms:
      return "impossible-terms";
    case EvidenceKind::kOwnKeyAltered:
      return "own-key-altered";
    case EvidenceKind::kBadSignature:
      return "bad-signature";
  }
  return "";
}

absl::string_view MessageKindName(MessageKind kind) {
  switch (kind) {
    case MessageKind::kKeyStatement:
      return "epoch-key";
    case MessageKind::kUploadHeader:
      return "upload-header";
    case MessageKind::kSurvivorStatement:
      return "survivors";
    case MessageKind::kVoidStatement:
      return "void";
    case MessageKind::kRevealStatement:
      return "reveal";
  }
  return "";
}

EvidenceMessage AsEvidence(const SignedPosition& position) {
  return {position.kind == PositionKind::kUploadHeader ? MessageKind::kUploadHeader : MessageKind::kSurvivorStatement,
          position.message};
}

std::string WriteEvidence(const Evidence& evidence, absl::string_view roster_bytes) {
  std::string text = absl::StrCat(kEvidenceTitle, "\n");
  absl::StrAppend(&text, "kind: ", EvidenceKindName(evidence.kind), "\n");
  absl::StrAppend(&text, "witness: ", evidence.witness, "\n");
  absl::StrAppend(&text, "claim: ", OneLine(evidence.claim), "\n");
  if (evidence.transcript) absl::StrAppend(&text, "transcript: ", Base64(Serialize(*evidence.transcript)), "\n");
  if (evidence.log_head) {
    absl::StrAppend(&text, "log-head: ", Base64(evidence.log_head->first_entry), " | ",
                    Base64(evidence.log_head->head.bytes), " | ", Base64(evidence.log_head->head.signature), "\n");
  }
  for (const EvidenceMessage& one : evidence.messages) {
    absl::StrAppend(&text, "message: ", MessageKindName(one.kind), " | ", Base64(one.message.bytes), " | ",
                    Base64(one.message.signature), "\n");
  }
  for (const ShownOffer& offer : evidence.offers) absl::StrAppend(&text, "offer: ", Base64(Serialize(offer)), "\n");
  for (const EvidenceShare& share : evidence.shares) {
    absl::StrAppend(&text, "share: ", share.maker, " | ", share.holder, " | ", Base64(share.share), "\n");
  }
  absl::StrAppend(&text, "roster:\n", roster_bytes);
  return text;
}

}  // namespace accord::secure
