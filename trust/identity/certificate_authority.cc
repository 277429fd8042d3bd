#include "trust/identity/certificate_authority.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/identity/granted_identity.h"
#include "trust/identity/openssl_handles.h"
#include "trust/identity/signing.h"

namespace accord {
namespace {

constexpr absl::Duration kAuthorityValidity = absl::Hours(24 * 3652);  // ten years
// Sites' clocks are not exact: a certificate made now must be valid on a machine that is a little behind.
constexpr absl::Duration kClockSkew = absl::Hours(1);
constexpr int kSerialBits = 128;  // CA/Browser Forum baseline requirements ask for at least 64 unpredictable bits
constexpr size_t kMaxRequestBytes = 16384;  // a P-256 request has about 300 bytes
constexpr size_t kMaxHostNameBytes = 253;   // RFC 1035, section 2.3.4

absl::Status SetSerial(X509* certificate) {
  BigNumberHandle serial(BN_new());
  // The highest bit is set (BN_RAND_TOP_ONE), so the serial is positive, not zero, and of one length.
  if (serial == nullptr || BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) == nullptr) {
    return OpenSslError("make a serial number");
  }
  return absl::OkStatus();
}

absl::Status SetValidity(X509* certificate, absl::Time begin, absl::Time end) {
  if (ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(begin)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(end)) == nullptr) {
    return OpenSslError("set a certificate's validity");
  }
  return absl::OkStatus();
}

absl::Status SetCommonName(X509* certificate, absl::string_view name) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(name.data());
  if (X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8, bytes,
                                 static_cast<int>(name.size()), -1, 0) != 1) {
    return OpenSslError("set a certificate's name (at most 64 characters)");
  }
  return absl::OkStatus();
}

// `value` in OpenSSL's configuration syntax: constants of this file only, never anything from outside.
absl::Status AddExtension(X509* issuer, X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  ExtensionHandle extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (extension == nullptr || X509_add_ext(certificate, extension.get(), -1) != 1) {
    return OpenSslError(absl::StrCat("add the certificate extension ", OBJ_nid2sn(nid)));
  }
  return absl::OkStatus();
}

absl::Status AddName(GENERAL_NAMES* names, int type, AsnStringHandle value) {
  NameHandle name(GENERAL_NAME_new());
  if (value == nullptr || name == nullptr) return OpenSslError("add a name to a certificate");
  GENERAL_NAME_set0_value(name.get(), type, value.release());
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return OpenSslError("add a name to a certificate");
  name.release();
  return absl::OkStatus();
}

absl::Status AddTextName(GENERAL_NAMES* names, int type, absl::string_view text) {
  AsnStringHandle value(ASN1_STRING_type_new(V_ASN1_IA5STRING));
  if (value == nullptr || ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) != 1) {
    return OpenSslError("add a name to a certificate");
  }
  return AddName(names, type, std::move(value));
}

bool IsAddress(const std::string& name) {
  unsigned char buffer[16];
  return inet_pton(AF_INET, name.c_str(), buffer) == 1 || inet_pton(AF_INET6, name.c_str(), buffer) == 1;
}

bool IsHostName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxHostNameBytes && absl::ascii_isalnum(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.'; });
}

absl::Status AddHost(GENERAL_NAMES* names, const std::string& name) {
  if (IsAddress(name)) return AddName(names, GEN_IPADD, AsnStringHandle(a2i_IPADDRESS(name.c_str())));
  if (!IsHostName(name)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", absl::CHexEscape(name),
                                                   "\" is neither a host name (letters, digits, dots, hyphens) nor an "
                                                   "IP address"));
  }
  return AddTextName(names, GEN_DNS, name);
}

absl::StatusOr<KeyHandle> KeyOfRequest(absl::string_view request_der) {
  if (request_der.size() > kMaxRequestBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a certificate request has at most ", kMaxRequestBytes, " bytes"));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(request_der.data());
  const unsigned char* end = bytes;
  RequestHandle request(d2i_X509_REQ(nullptr, &end, static_cast<long>(request_der.size())));  // NOLINT(runtime/int)
  if (request == nullptr || end != bytes + request_der.size()) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the certificate request is not a PKCS#10 request in DER form");
  }
  KeyHandle key(X509_REQ_get_pubkey(request.get()));
  if (!IsP256(key.get())) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the certificate request's key is not an ECDSA P-256 key");
  }
  if (X509_REQ_verify(request.get(), key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the certificate request is not signed by its own key");
  }
  return key;
}

absl::StatusOr<std::string> SignedPem(X509* certificate, EVP_PKEY* key) {
  if (X509_sign(certificate, key, EVP_sha256()) <= 0) return OpenSslError("sign a certificate");
  BioHandle bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) return OpenSslError("write a certificate");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);  // NOLINT(runtime/int): OpenSSL's type
  if (size <= 0) return OpenSslError("write a certificate");
  return std::string(data, static_cast<size_t>(size));
}

// What a leaf certificate says.
struct Leaf {
  absl::string_view common_name;
  const char* usage;  // extended key usage, in OpenSSL's syntax
  absl::Time now;
  absl::Duration validity;
};

absl::StatusOr<std::string> Issue(const std::string& authority_pem, const KeyPair& authority_key,
                                  absl::string_view request_der, const Leaf& leaf, const GENERAL_NAMES* names) {
  ACCORD_ASSIGN_OR_RETURN(KeyHandle key, KeyOfRequest(request_der));
  ACCORD_ASSIGN_OR_RETURN(CertificateStackHandle authority, ParseCertificates(authority_pem));
  X509* issuer = sk_X509_value(authority.get(), 0);
  CertificateHandle certificate(X509_new());
  if (certificate == nullptr || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_set_pubkey(certificate.get(), key.get()) != 1 ||
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) != 1) {
    return OpenSslError("make a certificate");
  }
  ACCORD_RETURN_IF_ERROR(SetSerial(certificate.get()));
  ACCORD_RETURN_IF_ERROR(SetValidity(certificate.get(), leaf.now - kClockSkew, leaf.now + leaf.validity));
  ACCORD_RETURN_IF_ERROR(SetCommonName(certificate.get(), leaf.common_name));
  const std::pair<int, const char*> extensions[] = {
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, leaf.usage},
      {NID_subject_key_identifier, "hash"},
      {NID_authority_key_identifier, "keyid:always"},
  };
  for (const auto& [nid, value] : extensions) {
    ACCORD_RETURN_IF_ERROR(AddExtension(issuer, certificate.get(), nid, value));
  }
  if (X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, const_cast<GENERAL_NAMES*>(names), 0, 0) != 1) {
    return OpenSslError("add names to a certificate");
  }
  return SignedPem(certificate.get(), authority_key.get());
}

}  // namespace

CertificateAuthority::CertificateAuthority(std::string certificate_pem, const Sha256Digest& fingerprint, KeyPair key)
    : certificate_pem_(std::move(certificate_pem)), fingerprint_(fingerprint), key_(std::move(key)) {}

absl::StatusOr<CertificateAuthority> CertificateAuthority::Create(absl::string_view name, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(KeyPair key, KeyPair::Generate());
  CertificateHandle certificate(X509_new());
  if (certificate == nullptr || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_set_pubkey(certificate.get(), key.get()) != 1) {
    return OpenSslError("make a CA certificate");
  }
  ACCORD_RETURN_IF_ERROR(SetSerial(certificate.get()));
  ACCORD_RETURN_IF_ERROR(SetValidity(certificate.get(), now - kClockSkew, now + kAuthorityValidity));
  ACCORD_RETURN_IF_ERROR(SetCommonName(certificate.get(), name));
  if (X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get())) != 1) {
    return OpenSslError("make a CA certificate");
  }
  const std::pair<int, const char*> extensions[] = {
      {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
      {NID_key_usage, "critical,keyCertSign,cRLSign"},
      {NID_subject_key_identifier, "hash"},
  };
  for (const auto& [nid, value] : extensions) {
    ACCORD_RETURN_IF_ERROR(AddExtension(certificate.get(), certificate.get(), nid, value));
  }
  ACCORD_ASSIGN_OR_RETURN(std::string pem, SignedPem(certificate.get(), key.get()));
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest fingerprint, PemFingerprint(pem));
  return CertificateAuthority(std::move(pem), fingerprint, std::move(key));
}

absl::StatusOr<CertificateAuthority> CertificateAuthority::FromPem(const std::string& certificate_pem,
                                                                   const SecretBytes& key_pem) {
  auto certificates = ParseCertificates(certificate_pem);
  if (!certificates.ok()) return Annotate(certificates.status(), "the CA's certificate");
  X509* certificate = sk_X509_value(certificates->get(), 0);
  if (X509_check_ca(certificate) != 1) {
    return absl::InvalidArgumentError("the CA's certificate is not one of a certificate authority");
  }
  auto key = KeyPair::FromPem(key_pem);
  if (!key.ok()) return Annotate(key.status(), "the CA's key");
  if (X509_check_private_key(certificate, key->get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the CA's key does not belong to the CA's certificate");
  }
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest fingerprint, PemFingerprint(certificate_pem));
  return CertificateAuthority(certificate_pem, fingerprint, *std::move(key));
}

absl::StatusOr<std::string> CertificateAuthority::IssueIdentity(absl::string_view request_der,
                                                                absl::string_view identity, absl::Time now,
                                                                absl::Duration validity) const {
  if (!IsValidIdentity(identity)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CHexEscape(identity),
                     "\" is not an identity: expected site/ID or person/ID, ID of lower-case letters, digits and "
                     "hyphens, beginning with a letter or digit, at most 63"));
  }
  NamesHandle names(GENERAL_NAMES_new());
  if (names == nullptr) return OpenSslError("make a certificate");
  ACCORD_RETURN_IF_ERROR(AddTextName(names.get(), GEN_URI, absl::StrCat("accord://", identity)));
  // The name is for people who look at the file; only the URI counts. 64 characters is X.520's limit for it.
  const Leaf leaf{identity.substr(0, 64), "clientAuth", now, validity};
  return Issue(certificate_pem_, key_, request_der, leaf, names.get());
}

absl::StatusOr<CertificateAuthority::Issued> CertificateAuthority::ReadIssued(
    const std::string& certificate_pem) const {
  const absl::Status not_ours = absl::InvalidArgumentError("this is no certificate that this federation's CA issued");
  auto shown = ParseCertificates(certificate_pem);
  if (!shown.ok()) return not_ours;
  ACCORD_ASSIGN_OR_RETURN(CertificateStackHandle authority, ParseCertificates(certificate_pem_));
  const int verified = X509_verify(sk_X509_value(shown->get(), 0), X509_get0_pubkey(sk_X509_value(authority.get(), 0)));
  ERR_clear_error();
  if (verified != 1) return not_ours;
  ACCORD_ASSIGN_OR_RETURN(const CertificateFacts facts, ReadCertificate(certificate_pem));
  // The coordinator's own is not to be renewed as anybody's.
  if (!IsValidIdentity(facts.identity)) return not_ours;
  ACCORD_ASSIGN_OR_RETURN(std::string key, CertificatePublicKeyDer(certificate_pem));
  return Issued{facts.identity, std::move(key), facts.not_before, facts.not_after};
}

absl::StatusOr<std::string> CertificateAuthority::IssueServer(absl::string_view request_der,
                                                              const std::vector<std::string>& hosts, absl::Time now,
                                                              absl::Duration validity) const {
  if (hosts.empty()) {
    return absl::InvalidArgumentError("a coordinator's certificate needs at least one host name or IP address");
  }
  NamesHandle names(GENERAL_NAMES_new());
  if (names == nullptr) return OpenSslError("make a certificate");
  for (const std::string& host : hosts) ACCORD_RETURN_IF_ERROR(AddHost(names.get(), host));
  ACCORD_RETURN_IF_ERROR(AddTextName(names.get(), GEN_URI, kCoordinatorUri));
  return Issue(certificate_pem_, key_, request_der, Leaf{"accord-coordinator", "serverAuth", now, validity},
               names.get());
}

bool IsValidIdentity(absl::string_view identity) {
  absl::string_view id = identity;
  if (!absl::ConsumePrefix(&id, "site/") && !absl::ConsumePrefix(&id, "person/")) return false;
  return !id.empty() && id.size() <= 63 && id.front() != '-' && std::all_of(id.begin(), id.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

}  // namespace accord
