// A statement of statement_lines.h and its signature, and the file in which both travel: the statement's bytes
// unchanged, then one line
//
//   signature: BASE64      64 bytes, r || s, over the bytes in the statement's domain
//
// Adversary: whoever made the file or handed it over. Nothing here says whose signature it is.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/identity/signing.h"

namespace accord {

struct SignedStatement {
  std::string bytes;
  std::string signature;

  std::string Text() const;
  // INVALID_ARGUMENT for anything that Text did not write.
  static absl::StatusOr<SignedStatement> Parse(absl::string_view text);
  static absl::StatusOr<SignedStatement> Sign(std::string bytes, absl::string_view domain, const Signer& signer);

  friend bool operator==(const SignedStatement&, const SignedStatement&) = default;
};

}  // namespace accord
