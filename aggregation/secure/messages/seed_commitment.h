// Commitments to the seeds of one attempt. A seed is 256 random bits, so its hash tells nothing about it; whoever
// reveals another one is found out.
//
//   self   SHA-256("accord/v1/self-commitment"  00 transcript, string site, seed[32])
//   pair   SHA-256("accord/v1/pair-commitment"  00 transcript, string lower, string higher, seed[32])
//   share  SHA-256("accord/v1/share-commitment" 00 transcript, string maker, string holder, u8 position, share[32])
// A pair's commitment is the same at both ends.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "base/secret.h"

namespace accord::secure {

Sha256Digest SelfCommitment(const Sha256Digest& transcript, absl::string_view site, const SecretBytes& seed);
// In either order of the two sites.
Sha256Digest PairCommitment(const Sha256Digest& transcript, absl::string_view site, absl::string_view peer,
                            const SecretBytes& seed);

// Which share: the one that `maker` gave `holder` at x = `position`.
struct ShareName {
  absl::string_view maker;
  absl::string_view holder;
  uint8_t position = 0;
};
Sha256Digest ShareCommitment(const Sha256Digest& transcript, const ShareName& name, const SecretBytes& share);

}  // namespace accord::secure
