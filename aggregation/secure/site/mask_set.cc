#include "aggregation/secure/site/mask_set.h"

#include <utility>

#include "base/status.h"

namespace accord::secure {

absl::Status MaskSet::Add(const SecretBytes& seed, MaskSign sign) {
  ACCORD_ASSIGN_OR_RETURN(MaskStream stream, MaskStream::Create(seed));
  streams_.push_back(std::move(stream));
  masks_.push_back(SignedMask{&streams_.back(), sign});
  return absl::OkStatus();
}

absl::Status MaskSet::Apply(uint64_t offset, absl::Span<uint32_t> tile) const {
  return ApplyMasks(masks_, offset, tile);
}

absl::Status MaskSet::Apply(uint64_t offset, absl::Span<uint64_t> tile) const {
  return ApplyMasks(masks_, offset, tile);
}

}  // namespace accord::secure
