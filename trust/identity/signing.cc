#include "trust/identity/signing.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <utility>

#include "absl/strings/match.h"
#include "base/status.h"
#include "trust/identity/openssl_handles.h"
#include "trust/identity/statement_parts.h"

namespace accord {
namespace {

constexpr int kScalarSize = 32;  // bytes of r, s and of a coordinate
constexpr size_t kPublicKeySize = kPublicKeyPrefix.size() + 2 * kScalarSize;

std::shared_ptr<EVP_PKEY> Shared(KeyHandle key) { return std::shared_ptr<EVP_PKEY>(std::move(key)); }

// Put together here, because OpenSSL would repeat a point in the form in which it came (compressed or not).
absl::StatusOr<std::string> DerOfKey(const EVP_PKEY* key) {
  std::string der(kPublicKeyPrefix);
  for (const char* coordinate : {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y}) {
    BIGNUM* value = nullptr;
    unsigned char bytes[kScalarSize];
    const bool known = EVP_PKEY_get_bn_param(key, coordinate, &value) == 1;
    const BigNumberHandle owned(value);
    if (!known || BN_bn2binpad(value, bytes, kScalarSize) != kScalarSize) return OpenSslError("write a public key");
    der.append(reinterpret_cast<const char*>(bytes), kScalarSize);
  }
  return der;
}

absl::StatusOr<std::string> FixedFromDer(absl::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const SignatureHandle parts(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));  // NOLINT(runtime/int)
  if (parts == nullptr) return OpenSslError("read a signature of its own");
  std::string fixed(kSignatureSize, '\0');
  auto* out = reinterpret_cast<unsigned char*>(fixed.data());
  if (BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), out, kScalarSize) != kScalarSize ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), out + kScalarSize, kScalarSize) != kScalarSize) {
    return OpenSslError("write a signature");
  }
  return fixed;
}

// `fixed` has kSignatureSize bytes.
absl::StatusOr<std::string> DerFromFixed(absl::string_view fixed) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(fixed.data());
  const SignatureHandle parts(ECDSA_SIG_new());
  BigNumberHandle r(BN_bin2bn(bytes, kScalarSize, nullptr));
  BigNumberHandle s(BN_bin2bn(bytes + kScalarSize, kScalarSize, nullptr));
  if (parts == nullptr || r == nullptr || s == nullptr || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) {
    return OpenSslError("read a signature");
  }
  r.release();
  s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(parts.get(), &der);
  if (size <= 0) return OpenSslError("read a signature");
  std::string result(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return result;
}

// The coordinates must be below the field's prime, on the curve, and not the point at infinity.
absl::StatusOr<KeyHandle> ParsePublicKey(absl::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  KeyHandle key;
  if (der.size() == kPublicKeySize && absl::StartsWith(der, kPublicKeyPrefix)) {
    key.reset(d2i_PUBKEY(nullptr, &bytes, kPublicKeySize));
  }
  const KeyContextHandle context(key == nullptr ? nullptr : EVP_PKEY_CTX_new(key.get(), nullptr));
  if (context == nullptr || EVP_PKEY_public_check_quick(context.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("not an uncompressed ECDSA P-256 public key in DER form");
  }
  return key;
}

}  // namespace

absl::StatusOr<KeyPairSigner> KeyPairSigner::Create(const KeyPair& key_pair) {
  ACCORD_ASSIGN_OR_RETURN(std::string der, PublicKeyDer(key_pair));
  if (EVP_PKEY_up_ref(key_pair.get()) != 1) return OpenSslError("share a key");
  return KeyPairSigner(Shared(KeyHandle(key_pair.get())), std::move(der));
}

absl::StatusOr<std::string> KeyPairSigner::Sign(absl::string_view domain, absl::string_view message) const {
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest digest, StatementDigest(domain, message));
  const KeyContextHandle context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  unsigned char der[128];  // at most 72 bytes for P-256
  size_t size = sizeof(der);
  if (context == nullptr || EVP_PKEY_sign_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_sign(context.get(), der, &size, digest.data(), digest.size()) != 1) {
    return OpenSslError("sign");
  }
  return FixedFromDer(absl::string_view(reinterpret_cast<const char*>(der), size));
}

absl::StatusOr<VerifyingKey> VerifyingKey::FromDer(absl::string_view public_key_der) {
  ACCORD_ASSIGN_OR_RETURN(KeyHandle key, ParsePublicKey(public_key_der));
  return VerifyingKey(Shared(std::move(key)));
}

absl::Status VerifyingKey::Verify(absl::string_view domain, absl::string_view message,
                                  absl::string_view signature) const {
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest digest, StatementDigest(domain, message));
  if (signature.size() != kSignatureSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("a signature has ", kSignatureSize, " bytes, this one ", signature.size()));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string der, DerFromFixed(signature));
  const KeyContextHandle context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  if (context == nullptr || EVP_PKEY_verify_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) != 1) {
    return OpenSslError("verify a signature");
  }
  if (EVP_PKEY_verify(context.get(), reinterpret_cast<const unsigned char*>(der.data()), der.size(), digest.data(),
                      digest.size()) != 1) {
    ERR_clear_error();
    return absl::UnauthenticatedError("the signature is not one of this key over these bytes");
  }
  return absl::OkStatus();
}

absl::Status VerifySignature(absl::string_view public_key_der, absl::string_view domain, absl::string_view message,
                             absl::string_view signature) {
  ACCORD_ASSIGN_OR_RETURN(const VerifyingKey key, VerifyingKey::FromDer(public_key_der));
  return key.Verify(domain, message, signature);
}

absl::StatusOr<std::string> PublicKeyDer(const KeyPair& key_pair) { return DerOfKey(key_pair.get()); }

absl::StatusOr<std::string> CertificatePublicKeyDer(absl::string_view pem) {
  ACCORD_ASSIGN_OR_RETURN(const CertificateStackHandle certificates, ParseCertificates(pem));
  const EVP_PKEY* key = X509_get0_pubkey(sk_X509_value(certificates.get(), 0));
  if (!IsP256(key)) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the certificate's key is not an ECDSA P-256 key");
  }
  return DerOfKey(key);
}

}  // namespace accord
