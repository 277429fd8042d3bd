// "I approve this one order", or "I refuse it": what a person or a site signs. It names one order by its hash and one
// charter: there is no approval of several, of a kind, or of what comes later.
//
//   accord-approval-v1
//   order: HEX              hash of the order's bytes
//   charter: HEX            hash of the charter
//   decision: approve|refuse
//   by: person/ID|site/ID
//   as: ROLE|site           the role in which a person decides: one statement, one role
//   loosens: RULE, RULE|none  the rules whose loosening for this order is approved too
//   not before: TIME        UTC, 2027-01-01T00:00:00Z
//   expires: TIME           it counts for nothing from then on; a refusal counts for ever
//
// Signed in the domain accord/v1/approval. Adversary: whoever handed over the bytes.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

inline constexpr char kApprovalDomain[] = "accord/v1/approval";

struct Approval {
  Sha256Digest order{};
  Sha256Digest charter{};
  bool approves = false;               // false: refuses
  std::string by;                      // "person/ID" or "site/ID"
  v1::Role as = v1::ROLE_UNSPECIFIED;  // ROLE_UNSPECIFIED: a site
  std::vector<v1::Rule> loosens;       // ascending
  absl::Time not_before;
  absl::Time expires;

  friend bool operator==(const Approval&, const Approval&) = default;
};

// INVALID_ARGUMENT: what ParseApproval would not take.
absl::StatusOr<std::string> WriteApproval(const Approval& approval);
// INVALID_ARGUMENT with the number of the line for whatever is not the format above.
absl::StatusOr<Approval> ParseApproval(absl::string_view bytes);

}  // namespace accord
