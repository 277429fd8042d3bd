// What proves that an organisation signed two different rosters that follow the same one: with its help one part of a
// federation could be shown another membership than the rest.
//
// The file:
//
//   accord-roster-fork-v1
//   previous: N       bytes of the roster that both follow
//   first: N          bytes of the one of the two, with its signatures, whose hash is the lesser
//   second: N         of the other
//
// and then these three, one behind the other, as they are. Whoever checks it needs nothing else but the hash of the
// roster before, which the federation's members have pinned.
//
// Adversary: whoever made the file. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "trust/roster/roster.h"
#include "trust/roster/signed_roster.h"

namespace accord {

inline constexpr absl::string_view kRosterForkFirstLine = "accord-roster-fork-v1";
inline constexpr size_t kMaxRosterForkBytes = kMaxRosterBytes + 2 * kMaxSignedRosterBytes + 256;

// Signed both, by keys of the roster that both follow.
struct DoubleSigner {
  std::string organisation;
  std::string site_of_first;
  std::string site_of_second;
};

struct RosterFork {
  std::string federation;
  uint32_t version = 0;
  Sha256Digest previous{}, first{}, second{};
  std::vector<DoubleSigner> signers;  // at least one
  // Each has the signatures that it needs, so that sites could have gone over to either.
  bool both_hold = false;
};

// INVALID_ARGUMENT: they are not two rosters of the same version that follow `previous`, or no organisation signed
// both.
absl::StatusOr<std::string> WriteRosterFork(const Roster& previous, const SignedRoster& one, const SignedRoster& other);
// INVALID_ARGUMENT: it is no such file, or does not show what it says.
absl::StatusOr<RosterFork> CheckRosterFork(absl::string_view bytes);

}  // namespace accord
