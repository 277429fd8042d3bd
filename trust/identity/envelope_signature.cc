// Signatures of DSSE envelopes. Apart from those of signing.cc: their bytes and their form are somebody else's
// standard, so that other people's tools verify them too.
//
// Of (r, s) and (r, n - s), which both verify, only the one with the smaller s is written and taken: whoever has one
// could else make the other, and a file would not be the one that was signed any more.
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "trust/identity/openssl_handles.h"
#include "trust/identity/signing.h"

namespace accord {

namespace {

constexpr char kOrder[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";  // n of P-256
constexpr char kHalfOrder[] = "7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8";

BigNumberHandle Number(const char* hex) {
  BIGNUM* number = nullptr;
  if (BN_hex2bn(&number, hex) == 0) return nullptr;
  return BigNumberHandle(number);
}

// Null: it is none.
SignatureHandle ParseSignature(absl::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  return SignatureHandle(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));  // NOLINT(runtime/int)
}

bool HasSmallerS(const ECDSA_SIG* signature) {
  const BigNumberHandle half = Number(kHalfOrder);
  return half != nullptr && BN_cmp(ECDSA_SIG_get0_s(signature), half.get()) <= 0;
}

// The same signature, spelled with the smaller s.
absl::StatusOr<std::string> WithSmallerS(std::string der) {
  const SignatureHandle signature = ParseSignature(der);
  if (signature == nullptr) return OpenSslError("read a signature of its own");
  if (HasSmallerS(signature.get())) return der;
  const BigNumberHandle order = Number(kOrder);
  BigNumberHandle r(BN_dup(ECDSA_SIG_get0_r(signature.get()))), s(BN_new());
  const SignatureHandle other(ECDSA_SIG_new());
  if (order == nullptr || r == nullptr || s == nullptr || other == nullptr ||
      BN_sub(s.get(), order.get(), ECDSA_SIG_get0_s(signature.get())) != 1 ||
      ECDSA_SIG_set0(other.get(), r.get(), s.get()) != 1) {
    return OpenSslError("write a signature");
  }
  r.release();
  s.release();
  std::string written(128, '\0');
  auto* out = reinterpret_cast<unsigned char*>(written.data());
  const int size = i2d_ECDSA_SIG(other.get(), &out);
  if (size <= 0) return OpenSslError("write a signature");
  written.resize(static_cast<size_t>(size));
  return written;
}

}  // namespace

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
  return WithSmallerS(std::move(der));
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
  const SignatureHandle signature = ParseSignature(signature_der);
  if (signature == nullptr || !HasSmallerS(signature.get())) {
    return absl::UnauthenticatedError("the signature was spelled anew: it has the larger one of its two forms of s");
  }
  return absl::OkStatus();
}

}  // namespace accord
