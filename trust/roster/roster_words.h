// A roster in words, for those who sign it: who is in it, who has signed, and what differs from another one.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "trust/roster/roster.h"
#include "trust/roster/signed_roster.h"

namespace accord {

// SHA-256 of a key's DER form, in hexadecimal: what two people compare to know that they mean the same key.
std::string KeyFingerprint(absl::string_view public_key_der);

// "4 sites of 3 organisations".
std::string RosterSize(const Roster& roster);

// "version 3, 4 sites of 3 organisations, until 2027-06-30T00:00:00Z"; of the earlier format the middle alone.
std::string RosterInShort(const Roster& roster);

// Several lines: federation, hash, each site with organisation, key and whether it has signed, people, revoked keys,
// and what is missing. `previous`: the roster that this one follows, where it is at hand.
std::string DescribeRoster(const SignedRoster& roster, const Roster* previous = nullptr);

// A line for each difference, from the view of somebody who goes over from `before` to `after`; none when they are the
// same.
std::vector<std::string> RosterDifferences(const Roster& before, const Roster& after);

}  // namespace accord
