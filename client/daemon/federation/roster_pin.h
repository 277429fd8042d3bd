// Which roster this site has agreed to, kept in its state folder:
//
//   roster.pin        the hash of the roster, 64 hexadecimal digits and LF: what counts
//   roster            the roster's exact bytes, from which differences to another one are told
//   roster.published  the file that the coordinator sent last and that all listed sites have signed; for people to look
//                     at and pin, never believed by itself
//
// A site's config may name the hash as well (roster_sha256); then both must agree.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "client/daemon/state/state_folder.h"
#include "trust/roster/roster.h"

namespace accord {

// The hash that counts, in hexadecimal; empty: none is pinned. `config_hash`: roster_sha256 of the site's config, or
// empty. FAILED_PRECONDITION: config and state folder disagree, or the file holds no hash.
absl::StatusOr<std::string> ReadRosterPin(const StateFolder& folder, const std::string& config_hash);

// The pinned roster itself; nullopt where its bytes are not there, or are not those of the hash in roster.pin.
std::optional<Roster> ReadPinnedRoster(const StateFolder& folder);

// Pins a roster, over whichever was pinned. The hash is written last: a crash in between leaves the earlier pin.
absl::Status PinRoster(const StateFolder& folder, const Roster& roster);

}  // namespace accord
