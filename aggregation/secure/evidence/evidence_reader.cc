// Reads a file of evidence, line by line.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "aggregation/secure/evidence/evidence.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/base64.h"
#include "base/status.h"
#include "base/utf8.h"

namespace accord::secure {
namespace {

// Two whole sets of headers with their statements.
constexpr size_t kMaxMessages = 4 * size_t{kMaxCohort};
constexpr size_t kMaxOffers = 2 * size_t{kMaxNeighbours};

// The order of the lines; a later kind of line ends the earlier ones.
enum class Section { kHead, kKind, kWitness, kClaim, kTranscript, kLogHead, kMessage, kOffer, kShare };

absl::StatusOr<std::string> FromBase64(absl::string_view text, absl::string_view what) {
  auto bytes = ParseBase64(text);
  if (!bytes.ok()) return absl::InvalidArgumentError(absl::StrCat(what, " is not BASE64"));
  return bytes;
}

absl::Status TooMany(absl::string_view what, size_t most) {
  return absl::InvalidArgumentError(absl::StrCat("too many ", what, "; at most ", most, " are taken"));
}

template <typename Kind>
std::optional<Kind> KindNamed(absl::string_view name, int count, absl::string_view (*name_of)(Kind)) {
  for (int i = 0; i < count; ++i) {
    if (name_of(static_cast<Kind>(i)) == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

absl::Status ReadKind(absl::string_view value, Evidence& evidence) {
  const auto kind = KindNamed(value, kNumEvidenceKinds, EvidenceKindName);
  if (!kind) return absl::InvalidArgumentError("no such kind of evidence");
  evidence.kind = *kind;
  return absl::OkStatus();
}

absl::Status ReadWitness(absl::string_view value, Evidence& evidence) {
  if (!IsSiteId(value)) return absl::InvalidArgumentError("the witness is not a site's id");
  evidence.witness = std::string(value);
  return absl::OkStatus();
}

absl::Status ReadClaim(absl::string_view value, Evidence& evidence) {
  if (value.empty() || value.size() > kMaxClaimBytes || !IsUtf8(value)) {
    return absl::InvalidArgumentError("the claim is not 1 to 1000 bytes of UTF-8");
  }
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return absl::InvalidArgumentError("the claim has a control character");
    }
  }
  evidence.claim = std::string(value);
  return absl::OkStatus();
}

absl::Status ReadTranscript(absl::string_view value, Evidence& evidence) {
  if (evidence.transcript) return absl::InvalidArgumentError("a second transcript; at most one is expected");
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(value, "the transcript"));
  ACCORD_ASSIGN_OR_RETURN(evidence.transcript, ParseTranscriptFields(bytes));
  return absl::OkStatus();
}

absl::Status ReadLogHead(absl::string_view value, Evidence& evidence) {
  if (evidence.log_head) return absl::InvalidArgumentError("a second head of the log; at most one is expected");
  const std::vector<absl::string_view> columns = absl::StrSplit(value, " | ");
  if (columns.size() != 3) {
    return absl::InvalidArgumentError("a head of the log has the log's first entry, its bytes and its signature");
  }
  HeadOfLog log_head;
  ACCORD_ASSIGN_OR_RETURN(log_head.first_entry, FromBase64(columns[0], "the log's first entry"));
  ACCORD_ASSIGN_OR_RETURN(log_head.head.bytes, FromBase64(columns[1], "the head of the log"));
  ACCORD_ASSIGN_OR_RETURN(log_head.head.signature, FromBase64(columns[2], "the signature"));
  evidence.log_head = std::move(log_head);
  return absl::OkStatus();
}

absl::Status ReadMessage(absl::string_view value, Evidence& evidence) {
  const std::vector<absl::string_view> columns = absl::StrSplit(value, " | ");
  if (columns.size() != 3) return absl::InvalidArgumentError("a message has a name, its bytes and its signature");
  const auto kind = KindNamed(columns[0], kNumMessageKinds, MessageKindName);
  if (!kind) return absl::InvalidArgumentError("no such kind of message");
  if (evidence.messages.size() == kMaxMessages) return TooMany("messages", kMaxMessages);
  EvidenceMessage message{*kind, {}};
  ACCORD_ASSIGN_OR_RETURN(message.message.bytes, FromBase64(columns[1], "the message"));
  ACCORD_ASSIGN_OR_RETURN(message.message.signature, FromBase64(columns[2], "the signature"));
  evidence.messages.push_back(std::move(message));
  return absl::OkStatus();
}

absl::Status ReadOffer(absl::string_view value, Evidence& evidence) {
  if (evidence.offers.size() == kMaxOffers) return TooMany("offers", kMaxOffers);
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(value, "the offer"));
  ACCORD_ASSIGN_OR_RETURN(ShownOffer offer, ParseShownOffer(bytes));
  evidence.offers.push_back(std::move(offer));
  return absl::OkStatus();
}

absl::Status ReadShare(absl::string_view value, Evidence& evidence) {
  const std::vector<absl::string_view> columns = absl::StrSplit(value, " | ");
  if (columns.size() != 3 || !IsSiteId(columns[0]) || !IsSiteId(columns[1])) {
    return absl::InvalidArgumentError("a share has its maker, its holder and its bytes");
  }
  if (evidence.shares.size() == kMaxNeighbours) return TooMany("shares", kMaxNeighbours);
  EvidenceShare share{std::string(columns[0]), std::string(columns[1]), {}};
  ACCORD_ASSIGN_OR_RETURN(share.share, FromBase64(columns[2], "the share"));
  if (share.share.size() != kSeedBytes) return absl::InvalidArgumentError("a share has 32 bytes");
  evidence.shares.push_back(std::move(share));
  return absl::OkStatus();
}

struct LineFormat {
  absl::string_view prefix;
  Section section;
  bool many;
  absl::Status (*read)(absl::string_view value, Evidence& evidence);
};
constexpr LineFormat kLines[] = {
    {"kind: ", Section::kKind, false, ReadKind},
    {"witness: ", Section::kWitness, false, ReadWitness},
    {"claim: ", Section::kClaim, false, ReadClaim},
    {"transcript: ", Section::kTranscript, false, ReadTranscript},
    {"log-head: ", Section::kLogHead, false, ReadLogHead},
    {"message: ", Section::kMessage, true, ReadMessage},
    {"offer: ", Section::kOffer, true, ReadOffer},
    {"share: ", Section::kShare, true, ReadShare},
};

// Kind, witness and claim must all be there; of the rest none needs to be.
bool Follows(Section last, const LineFormat& line) {
  if (line.section <= Section::kClaim) return static_cast<int>(line.section) == static_cast<int>(last) + 1;
  return last >= Section::kClaim && (line.section > last || (line.many && line.section == last));
}

absl::Status ReadLine(absl::string_view text, Section& last, Evidence& evidence) {
  for (const LineFormat& line : kLines) {
    if (!absl::StartsWith(text, line.prefix)) continue;
    if (!Follows(last, line)) return absl::InvalidArgumentError("this line is out of place");
    last = line.section;
    return line.read(text.substr(line.prefix.size()), evidence);
  }
  return absl::InvalidArgumentError(
      "not a line of evidence; expected kind, witness, claim, transcript, log-head, message, offer, share or roster, "
      "in this "
      "order");
}

}  // namespace

absl::StatusOr<EvidenceFile> ParseEvidence(absl::string_view bytes) {
  if (bytes.size() > kMaxEvidenceBytes) return absl::InvalidArgumentError("the file is longer than 128 MiB");
  EvidenceFile file;
  Section last = Section::kHead;
  for (size_t number = 1;; ++number) {
    const size_t end = bytes.find('\n');
    if (end == absl::string_view::npos) return absl::InvalidArgumentError("the file ends before its roster");
    const absl::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (number == 1) {
      if (line != kEvidenceTitle) return absl::InvalidArgumentError("line 1: not a file of evidence, version 1");
    } else if (line == "roster:" && last >= Section::kClaim) {
      file.roster_bytes = std::string(bytes);
      return file;
    } else {
      ACCORD_RETURN_IF_ERROR(Annotate(ReadLine(line, last, file.evidence), absl::StrCat("line ", number)));
    }
  }
}

}  // namespace accord::secure
