#include "client/daemon/work/held_vector.h"

#include <new>

#include "aggregation/ring/codec.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"

namespace accord {

absl::StatusOr<HeldVector> HeldVector::Take(int fd, const VectorSchema& schema) {
  const uint64_t num_elements = schema.num_elements();
  std::unique_ptr<uint32_t[]> elements(new (std::nothrow) uint32_t[num_elements]);
  if (elements == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("not enough memory for a vector of ", schema.num_bytes(), " bytes"));
  }
  ACCORD_RETURN_IF_ERROR(ReadFully(fd, elements.get(), schema.num_bytes(), 0));
  if (!WithinBounds(schema, absl::MakeConstSpan(elements.get(), num_elements))) {
    return absl::InvalidArgumentError(
        "the trainer wrote numbers beyond the bounds that the job declares; nothing of it was sent");
  }
  HeldVector vector(std::move(elements), num_elements);
  const absl::Span<const uint8_t> bytes = vector.bytes();
  vector.sha256_ = Sha256Hex(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  return vector;
}

}  // namespace accord
