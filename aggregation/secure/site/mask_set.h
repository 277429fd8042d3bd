// All masks of one site's upload: its self mask and one pair mask for each neighbour, applied tile by tile.
//
//   masked[i] = value[i] + b_u[i] + sum over neighbours v of (u < v ? +1 : -1) * s_uv[i]     (mod 2^bits)
//
// In the sum over all sites the pair masks of any two survivors cancel; what remains are the self masks and the pair
// masks with missing sites, whose seeds the survivors reveal.
//
// Adversary: the coordinator, who sees the masked vector. A set is made for one transcript and masks one vector, once:
// two vectors under one set would open their difference. The machine sees to that; the shell must mask the very bytes
// whose hash it reported.
// Thread-safe once it is made: concurrent calls on disjoint spans. All secrets are wiped with it.
// Source: Bonawitz et al., CCS 2017, section 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "aggregation/secure/mask_stream.h"
#include "base/secret.h"

namespace accord::secure {

class MaskSet {
 public:
  MaskSet() = default;
  MaskSet(MaskSet&&) = default;  // a moved deque keeps its elements where they are
  MaskSet& operator=(MaskSet&&) = default;

  // Adds a mask while the set is being made. Errors of MaskStream::Create.
  absl::Status Add(const SecretBytes& seed, MaskSign sign);

  // Adds all masks to the elements [offset, offset + tile.size()) of the vector, which `tile` holds. Errors of
  // ApplyMasks; the tile must not be sent then.
  absl::Status Apply(uint64_t offset, absl::Span<uint32_t> tile) const;
  absl::Status Apply(uint64_t offset, absl::Span<uint64_t> tile) const;

  size_t num_masks() const { return streams_.size(); }

 private:
  // Elements of a deque stay where they are when one is added.
  std::deque<MaskStream> streams_;
  std::vector<SignedMask> masks_;
};

}  // namespace accord::secure
