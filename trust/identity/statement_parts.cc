#include "trust/identity/statement_parts.h"

#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/identity/signing.h"

namespace accord {

absl::StatusOr<Sha256Digest> StatementDigest(absl::string_view domain, absl::string_view message) {
  if (domain.empty() || domain.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("a signature's domain is a text without NUL and not empty");
  }
  Sha256Hasher hasher;
  hasher.Update(domain);
  hasher.Update(absl::string_view("\0", 1));
  hasher.Update(message);
  return hasher.Finish();
}

absl::StatusOr<std::string> PublicKeyDerOfPoint(absl::string_view uncompressed_point) {
  absl::string_view coordinates = uncompressed_point;
  if (!absl::ConsumePrefix(&coordinates, "\x04")) return absl::InvalidArgumentError("not an uncompressed point");
  std::string der = absl::StrCat(kPublicKeyPrefix, coordinates);
  ACCORD_RETURN_IF_ERROR(VerifyingKey::FromDer(der).status());
  return der;
}

}  // namespace accord
