// Signatures of DSSE envelopes. Apart from those of signing.cc: their bytes and their form are somebody else's
// standard, so that other people's tools verify them too.
#include <openssl/err.h>
#include <openssl/evp.h>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "trust/identity/openssl_handles.h"
#include "trust/identity/signing.h"

namespace accord {

std::string EnvelopeBytes(absl::string_view payload_type, absl::string_view payload) {
  return absl::StrCat("DSSEv1 ", payload_type.size(), " ", payload_type, " ", payload.size(), " ", payload);
}

absl::StatusOr<std::string> KeyPairSigner::SignEnvelope(absl::string_view payload_type,
                                                        absl::string_view payload) const {
  const Sha256Digest digest = Sha256(EnvelopeBytes(payload_type, payload));
  const KeyContextHandle context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  std::string der(128, '\0');  // at most 72 bytes for P-256
  size_t size = der.size();
  if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(der.data()), &size, digest.data(), digest.size()) !=
          1) {
    return OpenSslError("sign");
  }
  der.resize(size);
  return der;
}

absl::Status VerifyingKey::VerifyEnvelope(absl::string_view payload_type, absl::string_view payload,
                                          absl::string_view signature_der) const {
  const Sha256Digest digest = Sha256(EnvelopeBytes(payload_type, payload));
  const KeyContextHandle context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1) {
    return OpenSslError("verify a signature");
  }
  if (EVP_PKEY_verify(context.get(), reinterpret_cast<const unsigned char*>(signature_der.data()), signature_der.size(),
                      digest.data(), digest.size()) != 1) {
    ERR_clear_error();
    return absl::UnauthenticatedError("the signature is not one of this key over these bytes");
  }
  return absl::OkStatus();
}

}  // namespace accord
