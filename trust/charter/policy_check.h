// What the signatures under a site's policy are worth: whether as many people of the site's own organisation have
// signed it as the charter's site_policies asks for, each with one of its roles.
//
// Two at least, so that nobody who can edit the file at the site changes alone what the site agreed to: neither what
// the policy lets, nor, by taking it away, what the charter would let.
//
// Adversary: one person of the site's organisation, its operator above all, and whoever handed over the file. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/charter/charter.h"
#include "trust/charter/policy_statement.h"
#include "trust/roster/roster.h"

namespace accord {

// FAILED_PRECONDITION: the charter has no site_policies, or too few of those whom it asks for have signed, and who
// could; a signature of somebody who may not sign, or that is not good, does no harm and counts for nothing.
// INVALID_ARGUMENT: it is of another charter or site, or too few have signed and a signature is not good.
absl::StatusOr<PolicyStatement> CheckSignedPolicy(const Charter& charter, const Roster& roster, absl::string_view site,
                                                  const SignedPolicy& signed_policy);

// The identities ("person/ID") whose signatures count, in order; whoever else stands in the file is not among them.
std::vector<std::string> SignersOfPolicy(const Charter& charter, const Roster& roster, absl::string_view site,
                                         const SignedPolicy& signed_policy);

// INVALID_ARGUMENT: this person's signature would count for nothing, and why.
absl::Status CheckMaySignPolicy(const Charter& charter, const Roster& roster, absl::string_view site,
                                absl::string_view person);

}  // namespace accord
