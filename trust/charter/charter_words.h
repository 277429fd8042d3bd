// A charter in words, for those who sign it: what it lets and demands, what an amendment changes and what it loosens,
// and who has signed.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/charter.h"
#include "trust/roster/roster.h"

namespace accord {

// Several lines: everything that the charter says but its comments, since who signs it goes by these words: what for,
// who with which roles and which key's fingerprint, data sets, floors, code, who orders, approves and sees, hours,
// promises, and who signs.
std::string DescribeCharter(const Charter& charter);
// The same of terms that need not be a charter's; `hash` in hexadecimal.
std::string DescribeTerms(const v1::Charter& terms, absl::string_view hash);

// Parts of it, for what is said of one order.
std::string RolesInWords(const google::protobuf::RepeatedField<int>& roles);
std::string TagsInWords(const google::protobuf::RepeatedField<int>& tags);
std::string FloorsInWords(const v1::CharterFloors& floors);

// Several lines: who has signed, bad signatures, all that is lacking, and whether it is active.
std::string DescribeFindings(const CharterFindings& findings);

// The lines of the two files that differ, in their order, each behind "- " or "+ ": comments too, since they are signed
// as well. None when the bytes are the same.
std::vector<std::string> CharterDifferences(const Charter& before, const Charter& after);

// A sentence for each rule that `after` makes weaker than `before`: lower floors, new people and roles, other keys, new
// purposes, more that may be read, seen, run or loosened, fewer approvals, signatures and promises, longer times. What
// this does not find may still be weaker in its words: people read the differences.
std::vector<std::string> LoosenedBy(const Charter& before, const Charter& after);
// The same where `after` is of a larger federation than `before`, whose sites are `members`: which of their own sites
// release a data set is theirs to say, and which of other sites do is not. Whoever watches for others (oversight.h) is
// no newcomer there, unless `after` asks for the word of that role, and takes nobody's place: in that of whoever
// watched for `before` stands only a person whom `before` lists under the same key and organisation.
std::vector<std::string> LoosenedFor(const Roster& members, const Charter& before, const Charter& after);

}  // namespace accord
