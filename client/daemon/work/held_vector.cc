#include "client/daemon/work/held_vector.h"

#include <algorithm>
#include <cstring>

#include "aggregation/ring/codec.h"
#include "base/hash.h"
#include "base/keyed_fingerprint.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr uint64_t kTileElements = uint64_t{1} << 14;  // copied, checked and named while it is in the first caches

}  // namespace

absl::StatusOr<HeldVector> HeldVector::Take(const SharedVector& shared, const VectorSchema& schema, PageMemory memory,
                                            const SecretBytes& key) {
  const absl::Span<const uint8_t> written = shared.bytes();
  if (written.size() != schema.num_bytes()) return absl::InternalError("the vector has another length than the step");
  if (memory.size() != written.size()) {
    ACCORD_ASSIGN_OR_RETURN(memory, PageMemory::Create(written.size()));
  }
  ACCORD_ASSIGN_OR_RETURN(KeyedFingerprint fingerprint, KeyedFingerprint::Start(key));
  const uint64_t tile_bytes = kTileElements * ElementBytes(schema.ring());
  for (uint64_t first = 0; first < written.size(); first += tile_bytes) {
    const absl::Span<uint8_t> tile = memory.bytes().subspan(first, tile_bytes);
    std::memcpy(tile.data(), written.data() + first, tile.size());
    if (!WithinBounds(schema, first / ElementBytes(schema.ring()), ConstRingBytes(schema.ring(), tile))) {
      return absl::InvalidArgumentError(
          "the trainer wrote numbers beyond the bounds that the job declares; nothing of it was sent");
    }
    ACCORD_RETURN_IF_ERROR(fingerprint.Update(tile.data(), tile.size()));
  }
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest name, std::move(fingerprint).Finish());
  return HeldVector(std::move(memory), schema.ring(), HexDigest(name));
}

}  // namespace accord
