// Changes to a roster, from which the next one is drafted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "trust/roster/roster.h"

namespace accord {

struct RosterChanges {
  struct Revocation {
    bool of_site = true;
    std::string id;
    std::string reason;
  };
  std::vector<RosterEntry> sites;          // new ones, and known ones as they are to be from now on
  std::vector<std::string> removed_sites;  // that leave; their keys stay good
  std::vector<RosterPerson> people;        // likewise
  std::vector<std::string> removed_people;
  std::vector<Revocation> revocations;  // who is listed; the key is good no longer, and the entry is gone
  std::optional<uint32_t> quorum;       // else as before, as far as it may be; more than half behind the earlier
                                        // format
  absl::Time valid_until;
};

// The version that follows `previous`: its organisations are those of its sites and people. FAILED_PRECONDITION: a
// change is about somebody who is not listed; all of them at once. INVALID_ARGUMENT: what comes out is no roster.
absl::StatusOr<std::string> DraftNextRoster(const Roster& previous, const RosterChanges& changes);

// The least quorum of so many organisations: more than half of them.
uint32_t LeastQuorum(size_t organisations);

}  // namespace accord
