// How stored bytes are named by what they are: files that people can check by SHA-256 (jobs, TorchScript), models by
// the digest of content_digest.h, which takes half the time.
#pragma once

#include <variant>

#include "absl/strings/string_view.h"
#include "base/content_digest.h"
#include "base/hash.h"

namespace accord {

enum class NamedBy { kSha256, kContentDigest };

// One pass over bytes that arrive in any portions. Movable. Not thread-safe.
class NameHasher {
 public:
  explicit NameHasher(NamedBy named_by);

  void Update(absl::string_view bytes);
  // The digest of everything so far, whose 64 hexadecimal digits are the name; the hasher starts anew.
  Sha256Digest Finish();

 private:
  std::variant<Sha256Hasher, ContentHasher> hasher_;
};

}  // namespace accord
