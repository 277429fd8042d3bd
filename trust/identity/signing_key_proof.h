// A site that signs with another key than the one its certificate is for (a key in a token) shows at enrolment that it
// holds both: the request is signed by the certificate's key, and this proof, over the request, by the other.
//
// Adversary: a site that enrols under another's public key, so that no roster could list both; whoever repeats a proof
// that it has seen, which is over that request and its key alone.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/identity/signing.h"

namespace accord {

absl::StatusOr<std::string> ProveSigningKey(const Signer& signer, absl::string_view request_der);

// INVALID_ARGUMENT: no public key; UNAUTHENTICATED: the proof is not one of this key over this request.
absl::Status CheckSigningKeyProof(absl::string_view public_key_der, absl::string_view request_der,
                                  absl::string_view proof);

}  // namespace accord
