// Chooses degree and share threshold of a sparse graph from how many sites may collude and how many may be missing.
//
// Everybody computes the same answer from the same demand: there is only integer arithmetic in it. A site uses
// CheckGraphParameters on what a plan proposes, since a coordinator could propose a graph that is easy to cut.
// What is claimed of a graph that passes, and what is not: docs/secure-sum-graph.md.
// Pure functions, thread-safe. A check takes less than 1 ms; a search up to 50, or 150 where it finds nothing.
// Source: Bell et al., CCS 2020, section 3; the risks are derived in graph_risks.h.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace accord::secure {

struct GraphDemand {
  uint32_t num_sites = 0;      // n: 3 to kMaxCohort
  uint32_t corrupt_sites = 0;  // C: at most so many collude with the coordinator
  uint32_t missing_sites = 0;  // d: at most so many are missing or go; a site signs no set with more missing
  // Some ring among 2^draw_bits lets colluders open less than the sum of all honest survivors with a chance below
  // 2^-security_bits; d random absences stop a round with a chance below 2^-correctness_bits. Bits of bounds: 1 to 128.
  uint32_t security_bits = 40;
  uint32_t correctness_bits = 20;
  // Whoever shows its nonce last sees the ring and can abandon the epoch, and with it the ring: a million tries at some
  // 50 ms each are half a day of epochs that lead to nothing, and every site's record shows each. 0 to 64.
  uint32_t draw_bits = 20;
};

struct GraphParameters {
  uint32_t degree = 0;           // even
  uint32_t share_threshold = 0;  // at least 2, at most the degree

  friend bool operator==(const GraphParameters&, const GraphParameters&) = default;
};

// floor(fraction * num_sites), the fraction read in millionths: .05 of 1,000 is 50 and .29 of 100 is 29 on every
// machine. INVALID_ARGUMENT unless 0 <= fraction < 1.
absl::StatusOr<uint32_t> SitesInFraction(double fraction, uint32_t num_sites);

// The smallest even degree below num_sites (and at most 254) with which some threshold meets both bounds, and the
// greatest such threshold: when more sites are missing than was declared, a round stops for everybody to see; when more
// collude than was declared, nobody sees it, so the room that is left goes to the latter.
// INVALID_ARGUMENT for a demand that makes no sense, and when no degree does it; then the complete graph is left, up to
// 256 sites.
absl::StatusOr<GraphParameters> FindGraphParameters(const GraphDemand& demand);

// OK when these parameters meet both bounds, be they the smallest or not. INVALID_ARGUMENT says which bound they miss
// and by how much.
absl::Status CheckGraphParameters(const GraphDemand& demand, const GraphParameters& parameters);

}  // namespace accord::secure
