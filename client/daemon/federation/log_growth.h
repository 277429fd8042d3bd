// What the coordinator shows between the head of the federation's log that a site keeps and another one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// "1 entry", "12 entries".
std::string EntriesOfLog(uint64_t count);

// What has happened, most likely, where an honest coordinator's log is not the one that the site has seen.
inline constexpr absl::string_view kWasItRestored =
    "was the coordinator's state_dir restored from an older copy? It has to be stopped at once and its newer state_dir "
    "put back, or all sites agree to forget what they have seen since (docs/log.md)";

// The hashes between a kept head of `kept` entries (0: none) and a shown one; none where none are needed. `proof`: what
// was shown, or null. Says nothing yet about what they prove. UNAVAILABLE: there is no proof between these sizes.
// INVALID_ARGUMENT: it is malformed.
absl::StatusOr<std::vector<Sha256Digest>> ProofBetween(uint64_t kept, uint64_t shown, const v1::LogProof* proof);

}  // namespace accord
