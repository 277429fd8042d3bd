#include "aggregation/secure/shamir.h"

#include <openssl/crypto.h>

#include <bitset>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/secure/gf256.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kSecretSize = 32;
constexpr uint32_t kMaxShares = 255;  // the field's elements but 0, where the secret itself stands

// 32 field elements, one of each of a secret's bytes. Wiped when they go.
class Elements {
 public:
  Elements() = default;
  ~Elements() { OPENSSL_cleanse(words_, sizeof(words_)); }
  Elements(const Elements&) = delete;
  Elements& operator=(const Elements&) = delete;

  // this = this * factor + bytes.
  void MultiplyAndAdd(uint8_t factor, const uint8_t* bytes) {
    uint64_t added[kWords];
    std::memcpy(added, bytes, kSecretSize);
    for (size_t i = 0; i < kWords; ++i) words_[i] = Gf256Multiply(words_[i], factor) ^ added[i];
    OPENSSL_cleanse(added, sizeof(added));
  }

  // this = this + bytes * factor.
  void AddMultiple(uint8_t factor, const uint8_t* bytes) {
    uint64_t added[kWords];
    std::memcpy(added, bytes, kSecretSize);
    for (size_t i = 0; i < kWords; ++i) words_[i] ^= Gf256Multiply(added[i], factor);
    OPENSSL_cleanse(added, sizeof(added));
  }

  absl::StatusOr<SecretBytes> ToSecret() const {
    return SecretBytes::Written(kSecretSize, [this](absl::Span<uint8_t> bytes) {
      std::memcpy(bytes.data(), words_, kSecretSize);
      return absl::OkStatus();
    });
  }

 private:
  static constexpr size_t kWords = kSecretSize / sizeof(uint64_t);
  uint64_t words_[kWords] = {};
};

// secret + coefficient[0] x + coefficient[1] x^2 + ... by Horner's rule.
absl::StatusOr<SecretBytes> Evaluate(const SecretBytes& secret, const SecretBytes& coefficients, uint8_t x) {
  Elements value;
  const uint8_t* const first = coefficients.Reveal().data();
  for (const uint8_t* at = first + coefficients.size(); at != first;) {
    at -= kSecretSize;
    value.MultiplyAndAdd(x, at);
  }
  value.MultiplyAndAdd(x, secret.Reveal().data());
  return value.ToSecret();
}

absl::Status CheckPoints(absl::Span<const SharePoint> points) {
  if (points.empty()) return absl::InvalidArgumentError("no share to rebuild a secret from");
  std::bitset<kMaxShares + 1> seen;
  for (const SharePoint& point : points) {
    if (point.x == 0) return absl::InvalidArgumentError("a share's point is 1 to 255, not 0");
    if (seen[point.x]) return absl::InvalidArgumentError(absl::StrCat("two shares for the point ", point.x));
    if (point.share == nullptr || point.share->size() != kSecretSize) {
      return absl::InvalidArgumentError(
          absl::StrCat("the share for the point ", point.x, " has not ", kSecretSize, " bytes"));
    }
    seen.set(point.x);
  }
  return absl::OkStatus();
}

// What the share at `x` counts for at 0: the product of x_j / (x_j - x) over all other points (Lagrange).
uint8_t WeightOf(uint8_t x, absl::Span<const SharePoint> points) {
  uint64_t above = 1, below = 1;
  for (const SharePoint& point : points) {
    if (point.x == x) continue;
    above = Gf256Multiply(above, point.x);
    below = Gf256Multiply(below, point.x ^ x);
  }
  return static_cast<uint8_t>(Gf256Multiply(above, Gf256Inverse(static_cast<uint8_t>(below))));
}

}  // namespace

absl::StatusOr<std::vector<SecretBytes>> SplitSecret(const SecretBytes& secret, uint32_t threshold, uint32_t num_shares,
                                                     EntropySource& entropy) {
  if (secret.size() != kSecretSize) {
    return absl::InvalidArgumentError(absl::StrCat("a secret has ", kSecretSize, " bytes, not ", secret.size()));
  }
  if (threshold < 2 || threshold > num_shares || num_shares > kMaxShares) {
    return absl::InvalidArgumentError(absl::StrCat("cannot make ", num_shares, " shares of which ", threshold,
                                                   " rebuild: expected 2 <= threshold <= shares <= ", kMaxShares));
  }
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes coefficients, entropy.Secret((threshold - 1) * kSecretSize));
  std::vector<SecretBytes> shares;
  shares.reserve(num_shares);
  for (uint32_t x = 1; x <= num_shares; ++x) {
    ACCORD_ASSIGN_OR_RETURN(SecretBytes share, Evaluate(secret, coefficients, static_cast<uint8_t>(x)));
    shares.push_back(std::move(share));
  }
  return shares;
}

absl::StatusOr<SecretBytes> RebuildSecret(absl::Span<const SharePoint> points) {
  ACCORD_RETURN_IF_ERROR(CheckPoints(points));
  Elements secret;
  for (const SharePoint& point : points) {
    secret.AddMultiple(WeightOf(point.x, points), point.share->Reveal().data());
  }
  return secret.ToSecret();
}

}  // namespace accord
