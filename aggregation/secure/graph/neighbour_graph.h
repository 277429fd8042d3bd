// Who shares masks and seeds with whom in one attempt: the complete graph, or a Harary graph over a random ring.
//
// Sites are numbers 0..n-1 in cohort order. In the ring graph the sites stand on a ring in a pseudo-random order and
// each is joined to its degree/2 nearest on either side. The order is drawn after the colluding sites are fixed, and
// everybody computes the same one:
//
//   stream: RandomStream (base/random_stream.h) with every field of its purpose empty or zero but
//           use = the 16 bytes "secure-sum-graph" and then the 32 bytes of the seed; that is the AES-256-CTR key stream
//           (zero IV) under SHA-256("accord/v1/random-stream", u64 0, u64 0, u64 0, u64 48, use), all little-endian
//   ring:   ring[p] = p; then for i = n-1, ..., 1: swap ring[i] and ring[j] with j uniform in 0..i, that is the
//           next u64 of the stream below 2^64-1 - (2^64-1) mod (i+1), the ones not below it skipped, modulo i+1
//   edges:  ring[p] and ring[(p+s) mod n] for every p and s = 1..degree/2
//
// Adversary: all of it is public. What protects a site is how degree and share threshold are chosen
// (graph_parameters.h) and that nobody can choose the seed.
// Immutable, thread-safe. Memory: 4 * n * degree bytes.
// Source: Bell, Bonawitz, Gascon, Lepoint, Raykova, "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead",
// CCS 2020, section 3 (the graph); F. Harary, "The maximum connectivity of a graph", PNAS 48, 1962.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/hash.h"

namespace accord::secure {

class NeighbourGraph {
 public:
  // Everybody with everybody: 2 to 256 sites. INVALID_ARGUMENT otherwise; more sites need a sparse graph.
  static absl::StatusOr<NeighbourGraph> Complete(uint32_t num_sites);

  // `degree` even, 2 <= degree < num_sites, at most kMaxNeighbours (a position is a non-zero element of GF(2^8));
  // at most kMaxCohort sites. INVALID_ARGUMENT otherwise.
  static absl::StatusOr<NeighbourGraph> Harary(uint32_t num_sites, uint32_t degree, const Sha256Digest& seed);

  uint32_t size() const { return size_; }
  uint32_t degree() const { return degree_; }
  bool IsComplete() const { return degree_ + 1 == size_; }

  // `degree` sites, ascending, never `site` itself. Empty where there is no such site.
  absl::Span<const uint32_t> Neighbours(uint32_t site) const;

  // Where `neighbour` stands among the neighbours of `site`, from 1: the x of the share that `site` makes for it.
  // nullopt where they are not neighbours.
  std::optional<uint8_t> PositionOf(uint32_t site, uint32_t neighbour) const;

  bool AreNeighbours(uint32_t one, uint32_t other) const { return PositionOf(one, other).has_value(); }

 private:
  NeighbourGraph(uint32_t size, uint32_t degree, std::vector<uint32_t> neighbours)
      : size_(size), degree_(degree), neighbours_(std::move(neighbours)) {}

  uint32_t size_;
  uint32_t degree_;
  std::vector<uint32_t> neighbours_;  // row after row, one of `degree_` entries for each site
};

}  // namespace accord::secure
