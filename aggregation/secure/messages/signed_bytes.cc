#include "aggregation/secure/messages/signed_bytes.h"

#include <utility>

#include "aggregation/secure/messages/limits.h"
#include "base/status.h"
#include "trust/identity/signing.h"

namespace accord::secure {

absl::StatusOr<SignedBytes> SignBytes(std::string bytes, absl::string_view domain, const Signer& signer) {
  ACCORD_ASSIGN_OR_RETURN(std::string signature, signer.Sign(domain, bytes));
  return SignedBytes{std::move(bytes), std::move(signature)};
}

absl::Status VerifyBytes(const SignedBytes& message, absl::string_view domain, absl::string_view site, SiteKeys keys) {
  if (message.bytes.size() > kMaxMessageBytes) return absl::InvalidArgumentError("the message is too long");
  const VerifyingKey* key = keys(site);
  if (key == nullptr) return absl::UnauthenticatedError(absl::StrCat("the roster has no site ", site));
  return Annotate(key->Verify(domain, message.bytes, message.signature),
                  absl::StrCat("statement in the name of ", site));
}

}  // namespace accord::secure
