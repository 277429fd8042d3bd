#include "trust/identity/openssl_handles.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <limits>

#include "base/status.h"

namespace accord {

BioHandle ReadOnlyBio(absl::string_view bytes) {
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) return nullptr;
  return BioHandle(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

bool IsP256(const EVP_PKEY* key) {
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
  char group[64] = "";
  size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof(group), &length) != 1) {
    ERR_clear_error();
    return false;
  }
  return absl::string_view(group, length) == SN_X9_62_prime256v1;
}

absl::StatusOr<CertificateStackHandle> ParseCertificates(absl::string_view pem) {
  BioHandle bio = ReadOnlyBio(pem);
  CertificateStackHandle stack(sk_X509_new_null());
  if (bio == nullptr || stack == nullptr) return OpenSslError("read certificates");
  while (true) {
    CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (!at_end) return absl::InvalidArgumentError("not a certificate in PEM form");
      break;
    }
    if (sk_X509_push(stack.get(), certificate.get()) <= 0) return OpenSslError("keep a certificate");
    certificate.release();
  }
  if (sk_X509_num(stack.get()) == 0) return absl::InvalidArgumentError("no certificate in PEM form");
  return stack;
}

absl::StatusOr<Sha256Digest> CertificateFingerprint(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return OpenSslError("write a certificate");
  const Sha256Digest digest = Sha256(absl::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)));
  OPENSSL_free(der);
  return digest;
}

std::vector<std::string> UriNames(const X509* certificate) {
  const NamesHandle names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri));
    uris.emplace_back(text, static_cast<size_t>(ASN1_STRING_length(uri)));
  }
  return uris;
}

}  // namespace accord
