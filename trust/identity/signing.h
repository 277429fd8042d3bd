// Signatures of sites and people over exact bytes: ECDSA P-256 with SHA-256.
//
// What is signed is domain || 0x00 || message. The domain names the kind of statement ("accord/v1/upload-header"), so
// that a signature under one meaning never counts under another; it holds no NUL, so the two cannot be cut elsewhere.
// A signature is r || s, 32 bytes each, big-endian. Public keys are SubjectPublicKeyInfo in DER with an
// uncompressed point (RFC 5480): 91 bytes, so that a key has one form and keys can be compared as bytes.
//
// Envelopes (DSSE) are the exception: what is signed is "DSSEv1 " and what follows in EnvelopeBytes, and the signature
// is in DER, as other people's tools expect. No domain begins so, hence the two never mean each other.
//
// Adversary: whoever hands over a key, a message or a signature. They may have any length and content; what is wrong
// gets an error. ECDSA signatures are malleable ((r, n - s) verifies as well): the signed bytes name a statement, never
// its signature.
// Source: FIPS 186-4, section 6; IEEE P1363 for the encoding.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trust/identity/key_pair.h"

namespace accord {

inline constexpr size_t kSignatureSize = 64;

// Somebody's ability to sign, apart from where the key is kept. Implementations are thread-safe.
class Signer {
 public:
  virtual ~Signer() = default;

  // 64 bytes over `message` in `domain`. INVALID_ARGUMENT: an empty domain or one with a NUL. INTERNAL: OpenSSL's
  // reason.
  virtual absl::StatusOr<std::string> Sign(absl::string_view domain, absl::string_view message) const = 0;
  virtual const std::string& public_key_der() const = 0;
};

// Signs with a key pair of this process.
class KeyPairSigner : public Signer {
 public:
  // Shares the key with `key_pair`, which may go before the signer does.
  static absl::StatusOr<KeyPairSigner> Create(const KeyPair& key_pair);

  absl::StatusOr<std::string> Sign(absl::string_view domain, absl::string_view message) const override;
  const std::string& public_key_der() const override { return public_key_der_; }

  // A signature in DER over EnvelopeBytes.
  absl::StatusOr<std::string> SignEnvelope(absl::string_view payload_type, absl::string_view payload) const;

 private:
  KeyPairSigner(std::shared_ptr<evp_pkey_st> key, std::string public_key_der)
      : key_(std::move(key)), public_key_der_(std::move(public_key_der)) {}

  std::shared_ptr<evp_pkey_st> key_;  // shared with the KeyPair; OpenSSL counts the references
  std::string public_key_der_;
};

// A public key that was parsed and checked once. Copies share it. Thread-safe.
class VerifyingKey {
 public:
  // INVALID_ARGUMENT unless `public_key_der` is the one DER form of a valid point of P-256 as a named curve, and no
  // byte more.
  static absl::StatusOr<VerifyingKey> FromDer(absl::string_view public_key_der);

  // UNAUTHENTICATED when the signature is not one of this key over these bytes; INVALID_ARGUMENT when it does not have
  // 64 bytes, or the domain is empty or holds a NUL.
  absl::Status Verify(absl::string_view domain, absl::string_view message, absl::string_view signature) const;
  // UNAUTHENTICATED when these bytes, of any length, are no signature of this key over the envelope.
  absl::Status VerifyEnvelope(absl::string_view payload_type, absl::string_view payload,
                              absl::string_view signature_der) const;

 private:
  explicit VerifyingKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}

  std::shared_ptr<evp_pkey_st> key_;  // immutable, so copies may share it
};

// VerifyingKey::FromDer and Verify in one: for a key that is seen once.
absl::Status VerifySignature(absl::string_view public_key_der, absl::string_view domain, absl::string_view message,
                             absl::string_view signature);

// What the signature of an envelope is over: the pre-authentication encoding of DSSE 1.0.
std::string EnvelopeBytes(absl::string_view payload_type, absl::string_view payload);

// The public half of a key pair.
absl::StatusOr<std::string> PublicKeyDer(const KeyPair& key_pair);
// The key that the first certificate of `pem` certifies. INVALID_ARGUMENT: no certificate, or its key is not P-256.
// Says nothing about who issued the certificate.
absl::StatusOr<std::string> CertificatePublicKeyDer(absl::string_view pem);

}  // namespace accord
