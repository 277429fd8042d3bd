#include "base/keyed_fingerprint.h"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hkdf.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kTagBytes = 16;

}  // namespace

absl::StatusOr<KeyedFingerprint> KeyedFingerprint::Start(const SecretBytes& key) {
  if (key.size() != kKeyBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a fingerprint's key has ", kKeyBytes, " bytes, not ", key.size()));
  }
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes hash_key, HkdfExpand(key, "accord/v1/fingerprint/hash", kKeyBytes));
  ACCORD_ASSIGN_OR_RETURN(SecretBytes name_key, HkdfExpand(key, "accord/v1/fingerprint/name", kKeyBytes));
  const std::unique_ptr<EVP_MAC, OpenSslFree<EVP_MAC_free>> poly1305(EVP_MAC_fetch(nullptr, "POLY1305", nullptr));
  if (poly1305 == nullptr) return OpenSslError("find Poly1305");
  MacContextHandle hash(EVP_MAC_CTX_new(poly1305.get()));
  if (hash == nullptr || EVP_MAC_init(hash.get(), hash_key.Reveal().data(), hash_key.size(), nullptr) != 1) {
    return OpenSslError("begin a fingerprint");
  }
  return KeyedFingerprint(std::move(hash), std::move(name_key));
}

absl::Status KeyedFingerprint::Update(const void* data, size_t size) {
  if (EVP_MAC_update(hash_.get(), static_cast<const unsigned char*>(data), size) == 1) return absl::OkStatus();
  return OpenSslError("continue a fingerprint");
}

absl::StatusOr<Sha256Digest> KeyedFingerprint::Finish() && {
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes tag, SecretBytes::Written(kTagBytes, [&](absl::Span<uint8_t> out) {
                            size_t size = 0;
                            return EVP_MAC_final(hash_.get(), out.data(), &size, out.size()) == 1
                                       ? absl::OkStatus()
                                       : OpenSslError("end a fingerprint");
                          }));
  Sha256Digest name{};
  size_t size = 0;
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, name_key_.Reveal().data(), name_key_.size(),
                tag.Reveal().data(), tag.size(), name.data(), name.size(), &size) == nullptr) {
    return OpenSslError("name a fingerprint");
  }
  return name;
}

}  // namespace accord
