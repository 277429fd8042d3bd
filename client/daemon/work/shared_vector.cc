#include "client/daemon/work/shared_vector.h"

#include <fcntl.h>

#include "base/status.h"

namespace accord {

absl::StatusOr<SharedVector> SharedVector::Create(uint64_t num_bytes) {
  ACCORD_ASSIGN_OR_RETURN(UniqueFd fd, MakeMemoryFile("accord-vector", num_bytes));
  // A file that the trainer could shorten would end this process when it reads behind the new end.
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) return ErrnoError("seal", "the vector");
  ACCORD_ASSIGN_OR_RETURN(MappedFile memory, MappedFile::Map(fd.get(), num_bytes, MappedFile::Access::kRead));
  return SharedVector(std::move(fd), std::move(memory));
}

}  // namespace accord
