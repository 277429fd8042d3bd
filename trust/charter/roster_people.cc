#include "trust/charter/roster_people.h"

#include "absl/strings/str_cat.h"
#include "base/base64.h"

namespace accord {

std::string WhatRosterHasAgainst(const v1::Person& person, const Roster& roster) {
  const auto key = ParseBase64(person.key());
  if (!key.ok()) return "";  // no charter has one
  if (const RevokedKey* revoked = roster.FindRevoked(*key); revoked != nullptr) {
    return absl::StrCat("whose key the roster revoked: ", revoked->reason);
  }
  const RosterPerson* listed = roster.FindPerson(person.id());
  if (listed == nullptr || listed->public_key_der == *key) return "";
  return "whom the roster lists with another key";
}

}  // namespace accord
