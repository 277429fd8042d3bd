// ECDSA P-256 key pairs and certificate requests.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"

struct evp_pkey_st;

namespace accord {

// Movable. The private part leaves only through ToPem, for the key file.
class KeyPair {
 public:
  static absl::StatusOr<KeyPair> Generate();
  static absl::StatusOr<KeyPair> FromPem(const SecretBytes& pem);
  // PKCS#8 PEM, unencrypted: the file's mode (0600) and the disk's encryption protect it.
  absl::StatusOr<SecretBytes> ToPem() const;
  // PKCS#10 in DER, signed by this key, with `common_name` as its only subject field.
  absl::StatusOr<std::string> MakeRequest(absl::string_view common_name) const;
  evp_pkey_st* get() const { return key_.get(); }

  struct Free {
    void operator()(evp_pkey_st* key) const;
  };

 private:
  explicit KeyPair(evp_pkey_st* key) : key_(key) {}
  std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace accord
