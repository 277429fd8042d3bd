// Files that hold a secret: a key, a PIN.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace accord {

struct PrivateFile {
  SecretBytes content;
  // Changes with every write, replacement and change of mode of the file; says nothing about what is in it.
  std::string version;
};

// The whole file. NOT_FOUND if it does not exist; FAILED_PRECONDITION, with what to do, if it is no ordinary file or
// others than its owner can read it; OUT_OF_RANGE if it is larger than `max_bytes`.
absl::StatusOr<PrivateFile> ReadPrivateFile(const std::string& path, size_t max_bytes);

}  // namespace accord
