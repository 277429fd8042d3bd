// The key under which a site names its vectors (base/keyed_fingerprint.h).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/secret.h"

namespace accord {

// Reads the key, or makes one durably (0600) where there is no file. FAILED_PRECONDITION, with what to do, when the
// file holds something else: a new key would make the site forget which vectors it has already sent.
absl::StatusOr<SecretBytes> LoadVectorKey(const std::string& path);

}  // namespace accord
