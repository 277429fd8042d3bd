// A set of survivors that sites were shown, as it outlives the machine of its attempt and the coordinator itself.
//
// Whoever was shown it may have signed it, and then sums the same thing over these survivors alone. It binds until a
// sum over it is opened, or until so many members of its cohort promise never to sign it (VoidsNeeded) that it never
// can be.
//
// Adversary: members send any statement at any time; what is not valid, or of no member, counts for nothing. Up to C of
// the promises may be lies: the number needed says so already. Deterministic, no I/O. Not thread-safe.
// Source: docs/secure-sum.md, "Another attempt".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"

namespace accord::secure {

// All that binding and releasing need to know of it.
struct ShownSet {
  Sha256Digest transcript{};
  std::vector<std::string> cohort;     // ascending
  std::vector<std::string> survivors;  // ascending, of the cohort
  uint32_t encoding_sites = 0;         // for how many the vectors are encoded
  uint32_t required_signatures = 0;    // t
  uint32_t colluding_sites = 0;        // C

  friend bool operator==(const ShownSet&, const ShownSet&) = default;
};

// INVALID_ARGUMENT: no attempt has such a set. For what comes from a disk.
absl::Status CheckShownSet(const ShownSet& set);

// The promises never to sign one set.
class VoidTally {
 public:
  // `set` passes CheckShownSet. `voids`: that released it before; empty: it binds.
  explicit VoidTally(ShownSet set, std::vector<SignedBytes> voids = {});

  // Counts a promise; a second one of the same site changes nothing. NOT_FOUND: it is about another set. Else why it
  // counts for nothing.
  absl::Status Add(const SignedBytes& statement, SiteKeys keys);
  // May a promise of this site still come, and would it help?
  bool Awaits(const std::string& site) const;

  const ShownSet& set() const { return set_; }
  bool released() const { return !voids_.empty(); }
  // Those that released it, in cohort order; empty until then. Shown with a plan, they free whoever signed.
  const std::vector<SignedBytes>& voids() const { return voids_; }

 private:
  ShownSet set_;
  std::map<std::string, SignedBytes> promised_;  // by site
  std::vector<SignedBytes> voids_;
};

}  // namespace accord::secure
