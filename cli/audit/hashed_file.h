// The digests of a file of any size.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "trust/provenance/provenance_check.h"

namespace accord {

// NOT_FOUND: there is no such file; INTERNAL: it cannot be read.
absl::StatusOr<HashedFile> HashFile(const std::string& path);

}  // namespace accord
