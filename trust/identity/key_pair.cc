#include "trust/identity/key_pair.h"

#include <openssl/ec.h>
#include <openssl/pem.h>

#include "base/status.h"
#include "trust/identity/openssl_handles.h"

namespace accord {
namespace {

// OpenSSL would otherwise ask for a password on the terminal when the file holds an encrypted key.
int RefusePassword(char*, int, int, void*) { return -1; }

}  // namespace

void KeyPair::Free::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

absl::StatusOr<KeyPair> KeyPair::Generate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  if (key == nullptr) return OpenSslError("make a key pair");
  return KeyPair(key);
}

absl::StatusOr<KeyPair> KeyPair::FromPem(const SecretBytes& pem) {
  BioHandle bio = ReadOnlyBio(pem.RevealAsText());
  if (bio == nullptr) return OpenSslError("read a key");
  KeyHandle key(PEM_read_bio_PrivateKey(bio.get(), nullptr, RefusePassword, nullptr));
  if (key == nullptr) {
    // OpenSSL's reason is dropped on purpose: nothing about the text of a key belongs in a message.
    (void)OpenSslError("read a key");
    return absl::InvalidArgumentError("not an unencrypted private key in PEM form");
  }
  if (!IsP256(key.get())) return absl::InvalidArgumentError("the private key is not an ECDSA P-256 key");
  return KeyPair(key.release());
}

absl::StatusOr<SecretBytes> KeyPair::ToPem() const {
  // Secure memory is wiped when the BIO is freed.
  BioHandle bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr) return OpenSslError("write a key");
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpenSslError("write a key");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);  // NOLINT(runtime/int): OpenSSL's type
  if (size <= 0 || data == nullptr) return OpenSslError("write a key");
  return SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(data), static_cast<size_t>(size)));
}

absl::StatusOr<std::string> KeyPair::MakeRequest(absl::string_view common_name) const {
  RequestHandle request(X509_REQ_new());
  if (request == nullptr || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1) {
    return OpenSslError("make a certificate request");
  }
  X509_NAME* subject = X509_REQ_get_subject_name(request.get());
  const auto* name = reinterpret_cast<const unsigned char*>(common_name.data());
  if (X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, name, static_cast<int>(common_name.size()), -1,
                                 0) != 1 ||
      X509_REQ_set_pubkey(request.get(), key_.get()) != 1 ||
      X509_REQ_sign(request.get(), key_.get(), EVP_sha256()) <= 0) {
    return OpenSslError("sign a certificate request");
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  if (size <= 0) return OpenSslError("write a certificate request");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace accord
