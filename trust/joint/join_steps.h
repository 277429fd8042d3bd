// What the steps of joining two charters have in common (charter_join.h): both charters, the terms that come of them,
// and the words that say what came from which.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/accord/v1/charter.pb.h"
#include "trust/joint/charter_join.h"

namespace accord {

// Who defines jobs, approves them, signs charters, amendments and policies, and loosens rules: what either demands, and
// what both let. People and floors are joined before.
void JoinDecisions(const JoinSide& first, const JoinSide& second, CharterJoin& join);

template <typename List, typename Item>
bool Holds(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// The items of `first` that `second` has too, in the order of `first`.
template <typename List>
List CommonTo(const List& first, const List& second) {
  List common;
  for (const auto& item : first) {
    if (Holds(second, item)) *common.Add() = item;
  }
  return common;
}

// Outlives nothing but the call.
class JoinSteps {
 public:
  JoinSteps(const JoinSide& first, const JoinSide& second, CharterJoin& join)
      : first_(first),
        second_(second),
        a_(first.charter.terms()),
        b_(second.charter.terms()),
        join_(join),
        terms_(join.terms) {}

 protected:
  template <typename... Parts>
  void Note(absl::string_view field, const Parts&... parts) {
    join_.notes.push_back({std::string(field), absl::StrCat(parts...)});
  }
  template <typename... Parts>
  void Clash(absl::string_view field, const Parts&... parts) {
    join_.clashes.push_back({std::string(field), absl::StrCat(parts...)});
  }

  // The one that `is_stricter` than the other.
  template <typename Value, typename IsStricter>
  Value Pick(absl::string_view field, const Value& a, const Value& b, IsStricter is_stricter) {
    const bool takes_first = !is_stricter(b, a);
    if (a == b) {
      Note(field, a, ", as in both");
    } else {
      Note(field, takes_first ? a : b, ", of ", takes_first ? first_.name : second_.name, "; the other has ",
           takes_first ? b : a);
    }
    return takes_first ? a : b;
  }
  uint32_t Fewer(absl::string_view field, uint32_t a, uint32_t b) { return Pick(field, a, b, std::less<>()); }
  uint32_t More(absl::string_view field, uint32_t a, uint32_t b) { return Pick(field, a, b, std::greater<>()); }
  bool Demanded(absl::string_view field, bool a, bool b) {
    if (a != b) Note(field, "true, of ", a ? first_.name : second_.name);
    return a || b;
  }
  const std::string& NameOf(bool first) const { return first ? first_.name : second_.name; }

  // What one of the two has alone is left out.
  template <typename List, typename Name>
  void NoteLeftOut(absl::string_view field, const List& a, const List& b, Name name) {
    const auto note = [&](const List& those, const List& others, bool first) {
      std::set<std::string> known;
      for (const auto& item : others) known.insert(name(item));
      for (const auto& item : those) {
        if (!known.contains(name(item))) Note(field, name(item), " is left out: ", NameOf(first), " alone has it");
      }
    };
    note(a, b, true);
    note(b, a, false);
  }

  const JoinSide& first_;
  const JoinSide& second_;
  const v1::Charter& a_;
  const v1::Charter& b_;
  CharterJoin& join_;
  v1::Charter& terms_;
};

}  // namespace accord
