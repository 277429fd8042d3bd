#include "trust/identity/signing_key_proof.h"

#include "base/status.h"

namespace accord {
namespace {

constexpr char kEnrolmentDomain[] = "accord/v1/enrolment";

}  // namespace

absl::StatusOr<std::string> ProveSigningKey(const Signer& signer, absl::string_view request_der) {
  return signer.Sign(kEnrolmentDomain, request_der);
}

absl::Status CheckSigningKeyProof(absl::string_view public_key_der, absl::string_view request_der,
                                  absl::string_view proof) {
  return Annotate(VerifySignature(public_key_der, kEnrolmentDomain, request_der, proof), "the signing key's proof");
}

}  // namespace accord
