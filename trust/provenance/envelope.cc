#include "trust/provenance/envelope.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/provenance/json_fields.h"

namespace accord {

absl::StatusOr<Envelope> Envelope::Sign(std::string payload, const KeyPairSigner& signer) {
  ACCORD_ASSIGN_OR_RETURN(std::string signature, signer.SignEnvelope(kStatementPayloadType, payload));
  return Envelope{std::move(payload), Sha256Hex(signer.public_key_der()), std::move(signature)};
}

absl::Status Envelope::Check(absl::string_view public_key_der) const {
  if (key_id != Sha256Hex(public_key_der)) {
    return absl::InvalidArgumentError(
        absl::StrCat("its keyid is ", key_id, ", expected ", Sha256Hex(public_key_der), ": another key's"));
  }
  ACCORD_ASSIGN_OR_RETURN(const VerifyingKey key, VerifyingKey::FromDer(public_key_der));
  return key.VerifyEnvelope(kStatementPayloadType, payload, signature);
}

nlohmann::json Envelope::ToJson() const {
  nlohmann::json signed_by = {{"keyid", key_id}, {"sig", absl::Base64Escape(signature)}};
  return {{"payload", absl::Base64Escape(payload)},
          {"payloadType", std::string(kStatementPayloadType)},
          {"signatures", nlohmann::json::array({std::move(signed_by)})}};
}

absl::StatusOr<Envelope> Envelope::FromJson(const nlohmann::json& json) {
  JsonFields fields(json, "envelope");
  Envelope envelope;
  envelope.payload = fields.Bytes("payload");
  fields.Expect("payloadType", kStatementPayloadType);
  JsonFields signature = fields.Only("signatures");
  envelope.key_id = signature.Text("keyid");
  envelope.signature = signature.Bytes("sig");
  for (JsonFields* each : {&fields, &signature}) ACCORD_RETURN_IF_ERROR(each->Finish());
  if (!IsHexDigest(envelope.key_id)) return absl::InvalidArgumentError("envelope: keyid is no SHA-256");
  return envelope;
}

namespace {

constexpr int kMaxJsonDepth = 12;  // twice that of the statements

// Whether the text opens more than kMaxJsonDepth lists and objects within each other. Looked for before anything is
// parsed, because writing a value calls itself for each of them.
bool IsTooDeep(absl::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      if (c == '\\') ++i;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string WriteJson(const nlohmann::json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

absl::StatusOr<nlohmann::json> ReadJson(absl::string_view text, absl::string_view what) {
  if (IsTooDeep(text)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has more than ", kMaxJsonDepth,
                                                   " lists and objects within each other; no statement has so many"));
  }
  nlohmann::json json = nlohmann::json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return absl::InvalidArgumentError(absl::StrCat(what, " is no JSON, or was cut off"));
  if (WriteJson(json) != text) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " is not spelled as it is written: a key twice, out of order, or other blanks"));
  }
  return json;
}

}  // namespace accord
