#include "base/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include <memory>

#include "base/openssl.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kHashSize = 32;
constexpr size_t kMaxOutput = 255 * kHashSize;

using KdfContextHandle = std::unique_ptr<EVP_KDF_CTX, OpenSslFree<EVP_KDF_CTX_free>>;

// One half of HKDF: `text` is its salt or its info, by `text_name`.
struct Half {
  int mode;
  const char* text_name;
  absl::Span<const uint8_t> text;
};

absl::Status Derive(const Half& half, const SecretBytes& key, absl::Span<uint8_t> output) {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr);  // for the process's life
  const KdfContextHandle context(kdf == nullptr ? nullptr : EVP_KDF_CTX_new(kdf));
  int mode = half.mode;
  char digest[] = "SHA256";
  // OpenSSL takes its parameters without const and does not write to them.
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<uint8_t*>(key.Reveal().data()), key.size()),
      OSSL_PARAM_construct_octet_string(half.text_name, const_cast<uint8_t*>(half.text.data()), half.text.size()),
      OSSL_PARAM_construct_end(),
  };
  if (context == nullptr || EVP_KDF_derive(context.get(), output.data(), output.size(), parameters) != 1) {
    return OpenSslError("derive a key");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SecretBytes> HkdfExtract(absl::Span<const uint8_t> salt, const SecretBytes& input) {
  // "If not provided, it is set to a string of HashLen zeros"; OpenSSL leaves that to the caller.
  static constexpr uint8_t kNoSalt[kHashSize] = {};
  const Half extract{EVP_KDF_HKDF_MODE_EXTRACT_ONLY, OSSL_KDF_PARAM_SALT,
                     salt.empty() ? absl::MakeConstSpan(kNoSalt) : salt};
  return SecretBytes::Written(kHashSize, [&](absl::Span<uint8_t> output) { return Derive(extract, input, output); });
}

absl::StatusOr<SecretBytes> HkdfExpand(const SecretBytes& key, absl::string_view info, size_t size) {
  if (size == 0 || size > kMaxOutput) {
    return absl::InvalidArgumentError(absl::StrCat("HKDF gives 1 to ", kMaxOutput, " bytes, not ", size));
  }
  const Half expand{EVP_KDF_HKDF_MODE_EXPAND_ONLY, OSSL_KDF_PARAM_INFO,
                    absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(info.data()), info.size())};
  return SecretBytes::Written(size, [&](absl::Span<uint8_t> output) { return Derive(expand, key, output); });
}

}  // namespace accord
