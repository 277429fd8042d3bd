// Which roster this site has agreed to, kept in its state folder:
//
//   roster.pin        the hash of the roster, 64 hexadecimal digits and LF: what counts
//   roster            the roster's exact bytes, against which the next one is held
//   roster.former     those of the one that was pinned before
//   roster.signed     the file with the signatures of the pinned one, as it was published: what proves a fork; of one that
//                     the config alone names also where its bytes are
//   roster.step       what this site signed of those that follow another one: for each other one two hashes, 64
//                     hexadecimal digits each, of that one and of the one that follows it, each with LF
//   roster.published  the file that the coordinator sent last, if it has the form of a roster and no bad signature, and a
//                     first one those of all its sites; a later one may have none at all. For people to look at and pin,
//                     never believed by itself
//
// A daemon goes over to a roster that follows the pinned one (trust/roster/succession.h) by itself.
// A site's config may name the hash as well (roster_sha256); then both must agree.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "client/daemon/state/state_folder.h"
#include "trust/roster/roster.h"

namespace accord {

// The hash that counts, in hexadecimal; empty: none is pinned. `config_hash`: roster_sha256 of the site's config, or
// empty. FAILED_PRECONDITION: config and state folder disagree, or the file holds no hash.
absl::StatusOr<std::string> ReadRosterPin(const StateFolder& folder, const std::string& config_hash);

// The roster of this hash in hexadecimal, as pinned now or before, or as published while it was pinned or last;
// nullopt: its bytes are not there.
std::optional<Roster> ReadRosterOf(const StateFolder& folder, absl::string_view hash);
// The pinned roster itself; nullopt where its bytes are not there, or are not those of the hash in roster.pin.
std::optional<Roster> ReadPinnedRoster(const StateFolder& folder);

// Pins a roster, over whichever was pinned. The hash is written last: a crash in between leaves the earlier pin, and
// the bytes of both.
absl::Status PinRoster(const StateFolder& folder, const Roster& roster);
// The same for whoever held `roster` against the pinned one, whose hash in hexadecimal is `from`: FAILED_PRECONDITION
// where another process has pinned another one meanwhile, which then stays.
absl::Status MovePin(const StateFolder& folder, absl::string_view from, const Roster& roster);

// What roster.step says: by the hash of a roster, in hexadecimal, that of the one which this site signed to follow it.
using SignedSteps = std::map<std::string, std::string>;
// Empty: this site has signed none that follows another. DATA_LOSS: the file is damaged.
absl::StatusOr<SignedSteps> ReadSignedSteps(const StateFolder& folder);
// Notes that this site signs the roster `hash` to follow `previous`, before it does. One at a time, also of several
// processes: of two commands at once for two rosters one is refused, and none loses what another noted.
// FAILED_PRECONDITION: it has signed another that follows `previous`, and `replace` does not say to forget that one.
absl::Status NoteSignedStep(const StateFolder& folder, const std::string& previous, const std::string& hash,
                            bool replace);

}  // namespace accord
