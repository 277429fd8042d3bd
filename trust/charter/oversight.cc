#include "trust/charter/oversight.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "trust/charter/charter.h"

namespace accord {
namespace {

template <typename List>
bool Asks(const List& counts, v1::Role role) {
  return std::any_of(counts.begin(), counts.end(), [role](const auto& count) { return count.role() == role; });
}

template <typename List>
bool Names(const List& roles, v1::Role role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool HoldsIn(const v1::Charter& terms, const v1::Person& person, v1::Role role) {
  return std::any_of(terms.people().begin(), terms.people().end(), [&](const v1::Person& other) {
    return other.id() == person.id() && other.organisation() == person.organisation() && HasRole(other, role);
  });
}

}  // namespace

bool IsOversight(v1::Role role) {
  return std::find(std::begin(kOversightRoles), std::end(kOversightRoles), role) != std::end(kOversightRoles);
}

bool HasSeats(const v1::Charter& terms, v1::Role role) {
  return Asks(terms.approvals().by(), role) || Asks(terms.co_signers(), role) ||
         Asks(terms.signatures().people(), role) || Asks(terms.amendments().people(), role);
}

bool Acts(const v1::Charter& terms, v1::Role role) {
  return HasSeats(terms, role) || Names(terms.job_orders().defined_by(), role) ||
         std::any_of(terms.loosening().begin(), terms.loosening().end(),
                     [role](const v1::Loosening& entry) { return Names(entry.by(), role); });
}

std::vector<std::string> LostOversight(const v1::Charter& before, const v1::Charter& after, v1::Role role,
                                       absl::FunctionRef<bool(const v1::Person&)> may_replace) {
  std::map<std::string, int> fewer;  // by organisation
  for (const v1::Person& person : before.people()) fewer[person.organisation()] += HasRole(person, role) ? 1 : 0;
  for (const v1::Person& person : after.people()) {
    if (HasRole(person, role) && may_replace(person)) --fewer[person.organisation()];
  }
  std::vector<std::string> lost;
  for (const v1::Person& person : before.people()) {
    const bool is_lost = HasRole(person, role) && !HoldsIn(after, person, role);
    if (is_lost && fewer[person.organisation()] > 0) lost.push_back(person.id());
  }
  return lost;
}

}  // namespace accord
