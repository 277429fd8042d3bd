#include "trust/charter/viewing.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "trust/charter/loosened_promises.h"
#include "trust/charter/seats.h"

namespace accord {
namespace {

// Those to which any entry gives it: a charter may have several of one kind.
std::set<v1::Role> RolesThatSee(const v1::Charter& terms, v1::Viewing::What what) {
  std::set<v1::Role> roles;
  for (const v1::Viewing& viewing : terms.may_see()) {
    if (viewing.what() != what) continue;
    for (const int role : viewing.roles()) roles.insert(static_cast<v1::Role>(role));
  }
  return roles;
}

// "the charter's may_see[1] (line 41)"; without an entry there is no line.
std::string ClauseOf(const Charter& charter, v1::Viewing::What what) {
  for (int i = 0; i < charter.terms().may_see_size(); ++i) {
    if (charter.terms().may_see(i).what() == what) return charter.Clause(absl::StrCat("may_see[", i, "]"));
  }
  return "the charter's may_see";
}

}  // namespace

absl::Status CheckMaySee(const Charter& charter, absl::string_view person, v1::Viewing::What what) {
  const v1::Person* listed = charter.FindPerson(person);
  const std::set<v1::Role> roles = RolesThatSee(charter.terms(), what);
  if (listed != nullptr) {
    if (IsWatcher(*listed)) return absl::OkStatus();
    for (const v1::Role role : roles) {
      if (HasRole(*listed, role)) return absl::OkStatus();
    }
  }
  const std::string seen_by =
      roles.empty()
          ? "no role"
          : absl::StrCat("people whom it lists as ", absl::StrJoin(roles, " or ", [](std::string* out, v1::Role role) {
                           out->append(RoleName(role));
                         }));
  return absl::PermissionDeniedError(absl::StrCat(ClauseOf(charter, what), " gives ", ViewingName(what), " to ",
                                                  seen_by, " (auditors and ombudsmen see everything), and ", person,
                                                  listed == nullptr ? " is not listed in it" : " is none of these"));
}

}  // namespace accord
