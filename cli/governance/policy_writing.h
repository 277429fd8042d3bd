// What people of a site's organisation sign where the charter asks for signatures under a site's policy.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "cli/governance/governed_files.h"
#include "trust/charter/charter.h"
#include "trust/charter/policy_statement.h"
#include "trust/roster/roster.h"

namespace accord {

struct PolicyRequest {
  std::string site;
  std::optional<Sha256Digest> policy;  // of the file's bytes (PolicyTextHash); nullopt: the site goes by none
};

// A new statement, or `signed_before` with this person's signature too. INVALID_ARGUMENT: this person's signature would
// count for nothing, or `signed_before` is of another charter, site or text, or of a time ahead of `now`. Nothing else
// is signed.
absl::StatusOr<SignedPolicy> SignPolicy(const PolicyRequest& request, const Charter& charter, const Roster& roster,
                                        const std::optional<SignedPolicy>& signed_before, const PersonWithKey& person,
                                        absl::Time now);

}  // namespace accord
