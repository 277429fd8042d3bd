// The text of a charter to begin with: strict, with the organisations of a roster, and with words to write.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/roster/roster.h"

namespace accord {

struct DraftedPerson {
  std::string id;
  std::string public_key_der;
};

// Version 1, for a year from the beginning of `now`'s day. Charter::Parse takes it as it is; whoever drafts it replaces
// the words and adds the people: the draft has those of the roster with their roles and keys; of a roster without
// people `person` alone, as engineer and lead of its first organisation, and so nobody yet who could approve what that
// person orders.
std::string CharterDraft(const Roster& roster, absl::string_view name, const DraftedPerson& person, absl::Time now);

// Texts that whoever drafted it has not replaced yet, with their places: "purposes[0].words still says ...". None: all
// are somebody's own.
std::vector<std::string> PlaceholdersLeft(const v1::Charter& terms);

}  // namespace accord
