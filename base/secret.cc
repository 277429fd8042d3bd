#include "base/secret.h"

#include <openssl/crypto.h>

#include <string>
#include <utility>

#include "base/entropy.h"
#include "base/status.h"

namespace accord {

absl::StatusOr<SecretBytes> SecretBytes::Random(size_t size) { return EntropySource::System().Secret(size); }

absl::StatusOr<SecretBytes> SecretBytes::Written(size_t size,
                                                 absl::FunctionRef<absl::Status(absl::Span<uint8_t>)> write) {
  SecretBytes secret;
  secret.bytes_.resize(size);
  ACCORD_RETURN_IF_ERROR(write(absl::MakeSpan(secret.bytes_)));
  return secret;
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    Wipe();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

absl::string_view SecretBytes::RevealAsText() const {
  return absl::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
}

bool SecretBytes::EqualsConstantTime(absl::Span<const uint8_t> other) const {
  return bytes_.size() == other.size() && CRYPTO_memcmp(bytes_.data(), other.data(), bytes_.size()) == 0;
}

void SecretBytes::Wipe() {
  if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
  bytes_.clear();
}

void WipeString(std::string& text) {
  if (!text.empty()) OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace accord
