// Shamir shares that are the same in every run.
#pragma once

#include <vector>

#include "aggregation/secure/shamir.h"
#include "base/seeded_entropy.h"

namespace accord::secure {

inline std::vector<SecretBytes> SplitForTest(const SecretBytes& secret, uint32_t threshold, uint32_t num_shares) {
  SeededEntropy entropy(7);
  return *SplitSecret(secret, threshold, num_shares, entropy);
}

}  // namespace accord::secure
