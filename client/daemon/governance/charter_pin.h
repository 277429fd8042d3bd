// Which charter this site has agreed to, kept in its state folder:
//
//   charter.pin            the hash of the charter, 64 hexadecimal digits and LF: what counts
//   charters/HEX.charter   charters with their signatures, as their files were handed in: the pinned one, and those before
//
// A site's config may name the hash as well (charter_sha256); then both must agree. Whether what is pinned is active is
// found out anew by whoever goes by it (pinned_charter.h).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/charter/charter.h"
#include "trust/charter/signed_charter.h"
#include "trust/roster/roster.h"

namespace accord {

// The hash that counts, in hexadecimal; empty: none is pinned. `config_hash`: charter_sha256 of the site's config, or
// empty. FAILED_PRECONDITION: config and state folder disagree, or the file holds no hash.
absl::StatusOr<std::string> ReadCharterPin(const StateFolder& folder, const std::string& config_hash);

// A charter that is kept, by its hash in hexadecimal. NOT_FOUND; FAILED_PRECONDITION: the file is damaged.
absl::StatusOr<SignedCharter> ReadKeptCharter(const StateFolder& folder, const std::string& hash);
absl::Status KeepCharter(const StateFolder& folder, const SignedCharter& charter);
// The version before `charter`, where it is kept.
std::optional<SignedCharter> FormerOf(const StateFolder& folder, const Charter& charter);

// Pins a charter, which is kept first: a crash in between leaves the earlier pin.
absl::Status PinCharter(const StateFolder& folder, const SignedCharter& charter);
// No charter is pinned any more; what was kept stays.
absl::Status ForgetCharterPin(const StateFolder& folder);

// The roster that this site has pinned, also where the coordinator is not there: its bytes lie in the state folder,
// from the pinning or as the coordinator published them. FAILED_PRECONDITION: none is pinned, or its bytes are not
// there.
absl::StatusOr<std::shared_ptr<const Roster>> PinnedRosterOf(const StateFolder& folder, const v1::SiteConfig& config);

}  // namespace accord
