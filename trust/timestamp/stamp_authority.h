// A time-stamp authority as whoever believes it knows it: the root certificates under which it signs, and the policy
// that it is held to.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/timestamp/time_stamp.h"

namespace accord {

// An authority that knows the time less well than this is of no use: it is as much as two machines' clocks may differ.
inline constexpr absl::Duration kStampTolerance = absl::Minutes(5);
inline constexpr size_t kMaxAuthorityFileBytes = size_t{1} << 20;

// Immutable; copies are cheap enough. Thread-safe.
class StampAuthority {
 public:
  // `roots_pem`: certificates that are believed as they are, one or more. `policy`: OID; empty: any. INVALID_ARGUMENT.
  static absl::StatusOr<StampAuthority> FromPem(std::string roots_pem, std::string policy);
  // The same of a file. NOT_FOUND, or INVALID_ARGUMENT with the path.
  static absl::StatusOr<StampAuthority> FromFile(const std::string& path, std::string policy);

  // That this authority stamped `imprint`: signature, the signer's certificate for nothing but time stamps (extended
  // key usage, critical) under one of the roots, keys and digests of 112 bits of strength or more, the policy, and an
  // accuracy within kStampTolerance where the token states one. Certificates must have been valid when the stamp was
  // made, so that an old stamp stays good when they have expired. Whether one was revoked is not asked for: nothing
  // here has a network. UNAUTHENTICATED, or INVALID_ARGUMENT for what is no token.
  absl::StatusOr<TimeStamp> Check(absl::string_view token, const Sha256Digest& imprint) const;

  const std::string& policy() const { return policy_; }

 private:
  friend class StampRequest;
  StampAuthority(std::string roots_pem, std::string policy)
      : roots_pem_(std::move(roots_pem)), policy_(std::move(policy)) {}
  // With the request that it must answer to; `nonce` (big-endian): empty where nobody asked, or nobody knows it any
  // more.
  absl::StatusOr<TimeStamp> CheckAnswer(absl::string_view token, const Sha256Digest& imprint,
                                        absl::string_view nonce) const;

  std::string roots_pem_;
  std::string policy_;
};

}  // namespace accord
