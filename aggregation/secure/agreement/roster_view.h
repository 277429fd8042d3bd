// The roster as the secure sum's messages ask for it.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "trust/identity/signing.h"
#include "trust/roster/roster.h"

namespace accord::secure {

// The identity key of a site; nullptr for one that is not in the roster. For SiteKeys (messages/signed_bytes.h).
const VerifyingKey* RosterKey(const Roster& roster, absl::string_view site);

// The organisation of a site; empty for one that is not in the roster.
std::string RosterOrganisation(const Roster& roster, absl::string_view site);
std::vector<std::string> RosterOrganisations(const Roster& roster, const std::vector<std::string>& sites);

}  // namespace accord::secure
