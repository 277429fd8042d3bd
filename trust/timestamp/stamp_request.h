// Asks an authority for a stamp, and holds its answer against what was asked.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "trust/timestamp/stamp_authority.h"
#include "trust/timestamp/time_stamp.h"

namespace accord {

// Content types of RFC 3161, section 3.4.
inline constexpr char kStampQueryType[] = "application/timestamp-query";
inline constexpr char kStampReplyType[] = "application/timestamp-reply";
// Of an answer: the token, and a status around it.
inline constexpr size_t kMaxStampAnswerBytes = kMaxStampTokenBytes;

class StampRequest {
 public:
  // For `imprint`, under the authority's policy if it is held to one, with a fresh nonce of 128 bits. INTERNAL: no
  // random bytes.
  static absl::StatusOr<StampRequest> Create(const Sha256Digest& imprint, const StampAuthority& authority,
                                             EntropySource& entropy);

  const std::string& der() const { return der_; }

  struct Granted {
    std::string token;
    TimeStamp stamp;
  };
  // INVALID_ARGUMENT: no answer of this kind. FAILED_PRECONDITION: the authority refuses, in its words.
  // UNAUTHENTICATED: the stamp is another one's, on something else, or answers another request.
  absl::StatusOr<Granted> Accept(absl::string_view answer) const;

 private:
  StampRequest(const Sha256Digest& imprint, StampAuthority authority, std::string nonce, std::string der)
      : imprint_(imprint), authority_(std::move(authority)), nonce_(std::move(nonce)), der_(std::move(der)) {}

  Sha256Digest imprint_;
  StampAuthority authority_;
  std::string nonce_;
  std::string der_;
};

}  // namespace accord
