// The people of a charter, held against those of the roster.
//
// A charter lists its people with their keys and stays as it was signed; the roster is renewed more often. Where it
// revoked a person's key, or lists the person with another one, no order, approval, stop, complaint or answer that key
// signs counts any more, whatever the charter says. Its signature over a charter still does: nobody can tell one that
// was made before the revocation, and a charter in force would fall with it. A person whom the roster does not name is
// the charter's alone.
#pragma once

#include <string>

#include "proto/accord/v1/charter.pb.h"
#include "trust/roster/roster.h"

namespace accord {

// In words that follow on "person X, ": why the key of `person` in the charter is not taken. Empty: it is.
std::string WhatRosterHasAgainst(const v1::Person& person, const Roster& roster);

}  // namespace accord
