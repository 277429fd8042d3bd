#include "aggregation/ring/ring_vector.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {

absl::StatusOr<RingVector> RingVector::Create(uint64_t num_elements, RingWidth ring) {
  if (num_elements == 0 || num_elements > uint64_t{1} << 40) {
    return absl::InvalidArgumentError(absl::StrCat("a vector of ", num_elements, " elements: it must have 1 to 2^40"));
  }
  ACCORD_ASSIGN_OR_RETURN(PageMemory memory, PageMemory::Create(num_elements * WordBytes(ring)));
  return RingVector(std::move(memory), ring);
}

}  // namespace accord
