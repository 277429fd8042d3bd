// The draft of a joint charter: of each field the stricter one of two federations' charters, and in words which came
// from which. Members read, edit and sign it as any other draft; what counts is that nothing in it is weaker than in
// either (joint_charter.h).
//
//   times                       the later begin, the earlier end, the hours in which both compute
//   purposes, data sets,        those that both name: a purpose in the same words, with the tags of both; a data set
//   models, files               for the purposes that both allow, released by the sites that its own federation lets
//   people                      whom both list with one key and organisation, in the roles that both give them: whoever
//                               is to act for both is in both charters first. Auditors and ombudsmen of either, who
//                               then watch over both; where either charter asks for approvals or signatures of that
//                               role, those of both alone, so that nobody speaks in the place of one's own. In either
//                               case they neither define jobs nor loosen a rule
//   floors                      the higher number, the demand that either makes, the smaller budget
//   approvals, co-signers,      what either demands, of as many people as the one that demands more; signatures of all
//   signatures, service         sites
//   site policies               signed by as many people as the one that asks for more, in the roles that both name
//   days of anything            the fewer
//   may_see, loosening          what both allow, as far as both do
//
// Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/charter/charter.h"
#include "trust/roster/roster.h"

namespace accord {

// Outlives nothing but the call.
struct JoinSide {
  const Charter& charter;
  std::string name;                 // as words call it
  const Roster* members = nullptr;  // without it the data sets' lists of sites are taken as lists of anybody's sites
};

struct JoinWords {
  std::string field;
  std::string words;
};

struct CharterJoin {
  v1::Charter terms;
  std::vector<JoinWords> notes;    // what came from which, and what is left out
  std::vector<JoinWords> clashes;  // where there is no stricter one; empty: terms hold as far as Charter::Parse finds
};

// `name`: of the joint charter, whose version 1 it is.
CharterJoin JoinCharters(const JoinSide& first, const JoinSide& second, absl::string_view name);

// The file of a draft: comments that name both charters by their hashes and say what came from which, then the terms.
std::string JoinedCharterText(const JoinSide& first, const JoinSide& second, const CharterJoin& join);

}  // namespace accord
