// The roles of those who watch, auditor and ombudsman: what a charter loses when one of them is dropped.
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "proto/accord/v1/charter.pb.h"

namespace accord {

inline constexpr v1::Role kOversightRoles[] = {v1::ROLE_AUDITOR, v1::ROLE_OMBUDSMAN};
bool IsOversight(v1::Role role);

// Does the charter ask for something of people of this role by number: approvals, co-signatures, signatures of the
// charter or of its amendments? Who has the role has then a seat, and somebody else in it would take that seat.
bool HasSeats(const v1::Charter& terms, v1::Role role);
// The same, or may people of this role sign orders or loosen a rule.
bool Acts(const v1::Charter& terms, v1::Role role);

// Ids of those who have the role before and not after, with the same organisation, where that organisation has fewer
// people in the role than before: nobody of it took their place. In the order of `before`. Of those in `after` only
// whom `may_replace` lets counts as one of that organisation: an organisation is a word in the file of whoever drafts
// it.
std::vector<std::string> LostOversight(const v1::Charter& before, const v1::Charter& after, v1::Role role,
                                       absl::FunctionRef<bool(const v1::Person&)> may_replace);

}  // namespace accord
