#include "trust/identity/enrolment_token.h"

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr absl::string_view kPrefix = "accord1-";
constexpr size_t kSecretBytes = 32;
constexpr size_t kPayloadBytes = sizeof(Sha256Digest) + kSecretBytes;
constexpr size_t kPayloadCharacters = (kPayloadBytes * 8 + 5) / 6;  // base64url without padding

absl::Status NotAToken() {
  return absl::InvalidArgumentError(
      "this is not an enrolment token: expected the whole line that `accord-coordinator token` printed, which begins "
      "with accord1-; ask the coordinator's operator for a new one");
}

SecretBytes Encode(const Sha256Digest& fingerprint, absl::Span<const uint8_t> secret) {
  std::string payload(fingerprint.begin(), fingerprint.end());
  payload.append(reinterpret_cast<const char*>(secret.data()), secret.size());
  std::string encoded = absl::WebSafeBase64Escape(payload);
  std::string text = absl::StrCat(kPrefix, encoded);
  SecretBytes result(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
  WipeString(payload);
  WipeString(encoded);
  WipeString(text);
  return result;
}

}  // namespace

absl::StatusOr<EnrolmentToken> EnrolmentToken::Make(const Sha256Digest& ca_fingerprint) {
  ACCORD_ASSIGN_OR_RETURN(SecretBytes secret, SecretBytes::Random(kSecretBytes));
  return EnrolmentToken{ca_fingerprint, std::move(secret)};
}

absl::StatusOr<EnrolmentToken> EnrolmentToken::Parse(absl::string_view text) {
  absl::string_view encoded = text;
  if (!absl::ConsumePrefix(&encoded, kPrefix) || encoded.size() != kPayloadCharacters) return NotAToken();
  std::string payload;
  if (!absl::WebSafeBase64Unescape(encoded, &payload) || payload.size() != kPayloadBytes) {
    WipeString(payload);
    return NotAToken();
  }
  EnrolmentToken token;
  std::copy_n(payload.begin(), token.ca_fingerprint.size(), token.ca_fingerprint.begin());
  const auto* secret = reinterpret_cast<const uint8_t*>(payload.data()) + token.ca_fingerprint.size();
  token.secret = SecretBytes(absl::MakeConstSpan(secret, kSecretBytes));
  WipeString(payload);
  // One token has one spelling: the decoder also takes other padding bits and white space.
  const SecretBytes canonical = token.Text();
  if (!canonical.EqualsConstantTime(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size()))) {
    return NotAToken();
  }
  return token;
}

SecretBytes EnrolmentToken::Text() const { return Encode(ca_fingerprint, secret.Reveal()); }

Sha256Digest EnrolmentToken::SecretHash() const { return Sha256(secret.RevealAsText()); }

}  // namespace accord
