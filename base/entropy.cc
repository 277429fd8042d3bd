#include "base/entropy.h"

#include <openssl/rand.h>

#include <algorithm>
#include <climits>

namespace accord {
namespace {

class SystemEntropy : public EntropySource {
 public:
  absl::Status Fill(absl::Span<uint8_t> bytes) override {
    while (!bytes.empty()) {
      const size_t piece = std::min<size_t>(bytes.size(), INT_MAX);  // OpenSSL takes an int
      if (RAND_priv_bytes(bytes.data(), static_cast<int>(piece)) != 1) {
        return absl::InternalError("the operating system's random generator gave no bytes");
      }
      bytes.remove_prefix(piece);
    }
    return absl::OkStatus();
  }
};

}  // namespace

absl::StatusOr<SecretBytes> EntropySource::Secret(size_t size) {
  return SecretBytes::Written(size, [this](absl::Span<uint8_t> bytes) { return Fill(bytes); });
}

EntropySource& EntropySource::System() {
  static SystemEntropy system;
  return system;
}

}  // namespace accord
