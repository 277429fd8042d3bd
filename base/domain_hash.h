// SHA-256 behind a prefix that names the use. A prefix ends where its zero byte stands and none contains one, so bytes
// that are hashed (or signed: trust/identity/signing.h) for one use can never be read as another's.
#pragma once

#include "absl/strings/string_view.h"
#include "base/hash.h"

namespace accord {

// SHA-256(domain || 0x00 || bytes). `domain` holds no NUL.
inline Sha256Digest HashUnder(absl::string_view domain, absl::string_view bytes) {
  Sha256Hasher hasher;
  hasher.Update(domain);
  hasher.Update(absl::string_view("\0", 1));
  hasher.Update(bytes);
  return hasher.Finish();
}

}  // namespace accord
