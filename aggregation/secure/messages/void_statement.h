// "I have not signed a set of survivors of this attempt and never will." Enough of them release the members of an
// abandoned attempt: quorum.h, VoidsNeeded.
//
//   domain accord/v1/void
//   u8 version = 1 | digest transcript | string site | u64 ledger_sequence | digest ledger_head
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"

namespace accord::secure {

struct VoidStatement {
  Sha256Digest transcript{};
  std::string site;
  uint64_t ledger_sequence = 0;  // after the entry of this refusal
  Sha256Digest ledger_head{};

  friend bool operator==(const VoidStatement&, const VoidStatement&) = default;
};

std::string Serialize(const VoidStatement& statement);
absl::StatusOr<VoidStatement> ParseVoidStatement(absl::string_view bytes);
absl::StatusOr<SignedBytes> Sign(const VoidStatement& statement, const Signer& signer);
absl::StatusOr<VoidStatement> VerifyVoidStatement(const SignedBytes& message, SiteKeys keys);

}  // namespace accord::secure
