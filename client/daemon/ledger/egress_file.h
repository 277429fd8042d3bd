// The file of a site's ledger of what left it: a hash chain (trust/ledger/hash_chain.h) of the site's id in the domain
// accord/v1/egress, whose payloads are EgressEntry messages (docs/egress.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/accord/v1/egress.pb.h"
#include "trust/ledger/hash_chain.h"

namespace accord {

inline constexpr size_t kMaxEgressEntryBytes = 64 << 10;

HashChain NewEgressChain(absl::string_view site);

// Reads and checks the file from its beginning, in bounded memory, and shows each entry with its number from 1; where
// the chain has got to. An entry that the end of the file cuts short (a crash, or a daemon that is writing just now) is
// left out. DATA_LOSS, with path and offset, when an entry is not as it was written; NOT_FOUND.
absl::StatusOr<HashChain> ReadEgressFile(
    const std::string& path, absl::string_view site,
    const std::function<void(uint64_t sequence, const v1::EgressEntry& entry)>& visit);

}  // namespace accord
