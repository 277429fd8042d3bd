// "By this text, and by none other, site X tightens the charter": what several people of a site's organisation sign
// where the charter's site_policies asks for it. The next one replaces it; one without a policy says that the site goes
// by the charter alone from then on.
//
//   accord-policy-v1
//   charter: NAME           the charter's name, which is the same in every version: an amendment undoes nothing
//   site: ID                at which it holds
//   organisation: TEXT      the site's, to the letter as in the roster
//   policy: HEX|none        SHA-256("accord/v1/site-policy-text" || 0x00 || the bytes of the policy's file)
//   time: TIME              by the clock of whoever signed first; a later one replaces it
//
// A file holds these bytes unchanged and then signature_lines.h. Each signature is over the bytes in the domain
// accord/v1/site-policy: all have signed the same text and the same time.
//
// Adversary: whoever handed over the bytes, the site's operator included. What the signatures are worth:
// policy_check.h.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "trust/charter/signature_lines.h"
#include "trust/identity/signing.h"

namespace accord {

inline constexpr char kPolicyDomain[] = "accord/v1/site-policy";
inline constexpr char kPolicyTextDomain[] = "accord/v1/site-policy-text";
inline constexpr size_t kMaxSignedPolicyBytes = 64 * 1024;
// How far ahead of one's own clock a statement may be dated when it is signed or taken: one of tomorrow would keep out
// those of today, or lie ready to replace them.
inline constexpr absl::Duration kMostPolicySkew = absl::Minutes(5);

struct PolicyStatement {
  std::string charter;
  std::string site;
  std::string organisation;
  std::optional<Sha256Digest> policy;  // nullopt: none
  absl::Time time;

  friend bool operator==(const PolicyStatement&, const PolicyStatement&) = default;
};

// Of the bytes of a policy's file.
Sha256Digest PolicyTextHash(absl::string_view text);

// INVALID_ARGUMENT: what ParsePolicyStatement would not take.
absl::StatusOr<std::string> WritePolicyStatement(const PolicyStatement& statement);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<PolicyStatement> ParsePolicyStatement(absl::string_view bytes);
// "the policy 3b1f00c2a97d of va, signed at 2027-03-01T10:00:00Z".
std::string PolicyStatementInWords(const PolicyStatement& statement);

// Not thread-safe while it is changed.
struct SignedPolicy {
  std::string bytes;
  SignaturesByIdentity signatures;

  std::string Text() const;
  // INVALID_ARGUMENT for anything that Text did not write.
  static absl::StatusOr<SignedPolicy> Parse(absl::string_view text);
  // `identity`: "person/ID".
  absl::Status Sign(const std::string& identity, const Signer& signer);

  friend bool operator==(const SignedPolicy&, const SignedPolicy&) = default;
};

}  // namespace accord
