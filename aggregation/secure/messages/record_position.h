// How far a site's own record is, in its own signed words: an upload header or a survivor statement that it signed.
// What one site keeps of another is the newest of these, as it was signed, so that it is evidence wherever it is shown.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"

namespace accord::secure {

enum class PositionKind : uint8_t { kUploadHeader = 1, kSurvivorStatement = 2 };

// `message` is what the site signed, of this kind.
struct SignedPosition {
  PositionKind kind = PositionKind::kUploadHeader;
  SignedBytes message;

  friend bool operator==(const SignedPosition&, const SignedPosition&) = default;
};

// What such a message says of its signer's record.
struct RecordPosition {
  std::string site;
  std::string job_id;
  uint32_t attempt = 0;
  uint64_t sequence = 0;  // entries of the record, after that of the message
  Sha256Digest head{};    // of its chain

  friend bool operator==(const RecordPosition&, const RecordPosition&) = default;
};

// INVALID_ARGUMENT: not a message of its kind. Says nothing about the signature.
absl::StatusOr<RecordPosition> ParsePosition(const SignedPosition& position);
// Parses, then checks the signature of the site that it names; errors as of VerifyBytes.
absl::StatusOr<RecordPosition> VerifyPosition(const SignedPosition& position, SiteKeys keys);

// Both are the signed words of one site. They cannot both come from one record that only ever grew: one number of
// entries has two heads; or of one job, whose attempts and entries rise together, the later attempt stands earlier.
// Between two jobs an order proves nothing: their rounds run side by side.
bool Contradict(const RecordPosition& one, const RecordPosition& other);

}  // namespace accord::secure
