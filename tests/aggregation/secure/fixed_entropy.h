// An entropy source that hands out given bytes: how published test vectors enter as private keys and nonces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/entropy.h"
#include "base/hex.h"

namespace accord {

class FixedEntropy : public EntropySource {
 public:
  explicit FixedEntropy(std::string bytes) : bytes_(std::move(bytes)) {}
  static FixedEntropy FromHex(absl::string_view hex) { return FixedEntropy(ParseHex(hex).value()); }

  absl::Status Fill(absl::Span<uint8_t> bytes) override {
    if (bytes.size() > bytes_.size()) return absl::InternalError("the given bytes are used up");
    std::copy_n(bytes_.begin(), bytes.size(), bytes.begin());
    bytes_.erase(0, bytes.size());
    return absl::OkStatus();
  }

 private:
  std::string bytes_;
};

inline SecretBytes SecretFromHex(absl::string_view hex) {
  const std::string bytes = ParseHex(hex).value();
  return SecretBytes(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
}

inline std::string RevealHex(const SecretBytes& secret) { return absl::BytesToHexString(secret.RevealAsText()); }

}  // namespace accord
