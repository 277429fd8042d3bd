// Certificates, requests and their parts as values that free themselves. For the .cc files of this room only.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "base/openssl.h"

namespace accord {

using BioHandle = std::unique_ptr<BIO, OpenSslFree<BIO_free>>;
using CertificateHandle = std::unique_ptr<X509, OpenSslFree<X509_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, OpenSslFree<X509_REQ_free>>;
using NamesHandle = std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>>;
using NameHandle = std::unique_ptr<GENERAL_NAME, OpenSslFree<GENERAL_NAME_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, OpenSslFree<X509_EXTENSION_free>>;
using StoreHandle = std::unique_ptr<X509_STORE, OpenSslFree<X509_STORE_free>>;
using StoreContextHandle = std::unique_ptr<X509_STORE_CTX, OpenSslFree<X509_STORE_CTX_free>>;
using BigNumberHandle = std::unique_ptr<BIGNUM, OpenSslFree<BN_free>>;
using SignatureHandle = std::unique_ptr<ECDSA_SIG, OpenSslFree<ECDSA_SIG_free>>;
using AsnStringHandle = std::unique_ptr<ASN1_STRING, OpenSslFree<ASN1_STRING_free>>;

struct FreeCertificateStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using CertificateStackHandle = std::unique_ptr<STACK_OF(X509), FreeCertificateStack>;

// Reads `bytes` without copying; they must outlive the BIO. Null when memory is short or there are over 2^31 bytes.
BioHandle ReadOnlyBio(absl::string_view bytes);

// ECDSA over P-256 given as a named curve: the only kind of key that the federation uses.
bool IsP256(const EVP_PKEY* key);

// Every certificate of a PEM text, in order. INVALID_ARGUMENT when there is none or one cannot be read.
absl::StatusOr<CertificateStackHandle> ParseCertificates(absl::string_view pem);

// SHA-256 of the certificate's DER form.
absl::StatusOr<Sha256Digest> CertificateFingerprint(const X509* certificate);

// The URIs among the certificate's subject alternative names.
std::vector<std::string> UriNames(const X509* certificate);

}  // namespace accord
