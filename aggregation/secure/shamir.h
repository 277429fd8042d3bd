// Shamir's secret sharing of a 32-byte seed over GF(2^8), each byte with a polynomial of its own.
//
// Any `threshold` shares rebuild the secret; fewer say nothing at all about it, whatever computing power their holders
// have. Nothing here tells a wrong share from a right one: shares are compared with their commitments first
// (messages/seed_commitment.h).
//
// Adversary: holders of fewer shares than the threshold, who may also measure time. Timing depends on counts and on the
// points x alone, which are public; no table is indexed and no branch taken by a byte of a secret, share or
// coefficient. Thread-safe: no state. Source: Shamir, CACM 22(11), 1979; Bonawitz et al., CCS 2017, section 3.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/entropy.h"
#include "base/secret.h"

namespace accord {

// Shares 1 to num_shares: element i of the result is the polynomial at x = i + 1. About 0.2 ms for 100 shares.
// INVALID_ARGUMENT unless the secret has 32 bytes and 2 <= threshold <= num_shares <= 255 (a threshold of 1 would hand
// everybody the secret). Errors of `entropy`.
absl::StatusOr<std::vector<SecretBytes>> SplitSecret(const SecretBytes& secret, uint32_t threshold, uint32_t num_shares,
                                                     EntropySource& entropy);

// One share and the point that it belongs to. The share must outlive the call.
struct SharePoint {
  uint8_t x = 0;
  const SecretBytes* share = nullptr;
};

// The secret of a polynomial through all of `points`. The caller sees to it that there are at least threshold many:
// fewer give a value that has nothing to do with the secret. INVALID_ARGUMENT: no point, x = 0, an x twice, a share
// that is missing or has not 32 bytes.
absl::StatusOr<SecretBytes> RebuildSecret(absl::Span<const SharePoint> points);

}  // namespace accord
