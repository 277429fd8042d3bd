#include "client/signer/token_key.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/strip.h"
#include "base/status.h"
#include "client/signer/pkcs11_error.h"
#include "trust/identity/signing.h"
#include "trust/identity/statement_parts.h"

namespace accord {
namespace {

// OBJECT IDENTIFIER 1.2.840.10045.3.1.7 (prime256v1) in DER: CKA_EC_PARAMS of a key on the named curve.
constexpr absl::string_view kP256("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10);
constexpr absl::string_view kOctetString("\x04\x41", 2);  // before 65 bytes
constexpr size_t kPointSize = 65;

CK_ATTRIBUTE Matching(CK_ATTRIBUTE_TYPE type, const std::string& value) {
  return {type, const_cast<char*>(value.data()), value.size()};
}

CK_ATTRIBUTE OfClass(const CK_OBJECT_CLASS& object_class) {
  return {CKA_CLASS, const_cast<CK_OBJECT_CLASS*>(&object_class), sizeof(object_class)};
}

std::string KindInWords(CK_KEY_TYPE type) {
  if (type == CKK_RSA) return "an RSA key";
  if (type == CKK_EC_EDWARDS) return "an Ed25519 or Ed448 key";
  return absl::StrCat("a key of type ", type);
}

absl::StatusOr<CK_OBJECT_HANDLE> FindPrivateKey(const TokenSession& session, const TokenPlace& place) {
  const CK_OBJECT_CLASS kind = CKO_PRIVATE_KEY;
  ACCORD_ASSIGN_OR_RETURN(const auto found, session.Find({OfClass(kind), Matching(CKA_LABEL, place.key_label)}, 2));
  if (found.size() == 1) return found[0];
  const std::string where = absl::StrCat("labelled \"", place.key_label, "\" in the token \"", place.token_label, "\"");
  if (found.empty()) {
    return absl::NotFoundError(absl::StrCat("there is no private key ", where,
                                            ": make one (docs/operations.md), or mend signing_token.key_label"));
  }
  return absl::FailedPreconditionError(absl::StrCat("two private keys are ", where, ": give each its own label"));
}

bool IsTrue(const absl::StatusOr<std::string>& attribute) {
  return attribute.ok() && attribute->size() == sizeof(CK_BBOOL) && attribute->front() != CK_FALSE;
}

// An attribute that is not shown is let pass: signing will tell.
absl::Status CheckUse(const TokenSession& session, CK_OBJECT_HANDLE key, const std::string& label) {
  const auto fault = [&](absl::string_view what) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key \"", label, "\" ", what, "; Accord signs with an ECDSA key on P-256 (EC:prime256v1)"));
  };
  ACCORD_ASSIGN_OR_RETURN(const std::string type_bytes, session.Attribute(key, CKA_KEY_TYPE));
  CK_KEY_TYPE type = 0;
  if (type_bytes.size() != sizeof(type)) return fault("has no type");
  std::memcpy(&type, type_bytes.data(), sizeof(type));
  if (type != CKK_EC) return fault(absl::StrCat("is ", KindInWords(type)));
  const auto curve = session.Attribute(key, CKA_EC_PARAMS);
  if (curve.ok() && *curve != kP256) return fault("lies on another curve");
  const auto signs = session.Attribute(key, CKA_SIGN);
  if (signs.ok() && !IsTrue(signs)) return fault("may not sign (CKA_SIGN is false)");
  if (IsTrue(session.Attribute(key, CKA_ALWAYS_AUTHENTICATE))) {
    return fault("asks for the PIN at every signature, which a daemon cannot answer");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TokenKey>> TokenKey::Open(const CK_FUNCTION_LIST& functions, TokenPlace place) {
  std::unique_ptr<TokenKey> key(new TokenKey(functions, std::move(place)));
  ACCORD_RETURN_IF_ERROR(key->Reopen());
  return key;
}

absl::Status TokenKey::Reopen() {
  session_.reset();
  ACCORD_ASSIGN_OR_RETURN(const TokenSlot token, FindToken(functions_, place_.token_label));
  ACCORD_ASSIGN_OR_RETURN(TokenSession session, TokenSession::Open(functions_, token, place_.pin));
  ACCORD_ASSIGN_OR_RETURN(key_, FindPrivateKey(session, place_));
  ACCORD_RETURN_IF_ERROR(CheckUse(session, key_, place_.key_label));
  session_.emplace(std::move(session));
  auto public_key = ReadPublicKey();
  if (public_key.ok() && !public_key_der_.empty() && *public_key != public_key_der_) {
    public_key = absl::FailedPreconditionError("the token has come back with another key under the same label");
  }
  if (!public_key.ok()) {
    session_.reset();
    return public_key.status();
  }
  public_key_der_ = *std::move(public_key);
  warnings_.clear();
  if ((token.flags & CKF_USER_PIN_COUNT_LOW) != 0) {
    warnings_.push_back(absl::StrCat("the token \"", token.label,
                                     "\" was shown a wrong PIN since it was last used; a few in a row lock it"));
  }
  return absl::OkStatus();
}

// The private key need not show its point; its public half, which has the same id, must.
absl::StatusOr<std::string> TokenKey::ReadPublicKey() const {
  const CK_OBJECT_CLASS kind = CKO_PUBLIC_KEY;
  const auto id = session_->Attribute(key_, CKA_ID);
  const bool has_id = id.ok() && !id->empty();
  ACCORD_ASSIGN_OR_RETURN(
      const auto found,
      session_->Find({OfClass(kind), has_id ? Matching(CKA_ID, *id) : Matching(CKA_LABEL, place_.key_label)}, 2));
  if (found.size() != 1) {
    return absl::NotFoundError(absl::StrCat("the token has ", found.empty() ? "no" : "more than one",
                                            " public key beside the private key \"", place_.key_label,
                                            "\" (of the same id): make the pair in the token, or write it there"));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string point, session_->Attribute(found[0], CKA_EC_POINT));
  // An OCTET STRING that holds the point; some modules leave the string out.
  absl::string_view bare = point;
  if (point.size() == kOctetString.size() + kPointSize) absl::ConsumePrefix(&bare, kOctetString);
  return PublicKeyDerOfPoint(bare);
}

CK_RV TokenKey::TrySign(const Sha256Digest& digest, std::vector<unsigned char>& signature) const {
  CK_MECHANISM mechanism = {CKM_ECDSA, nullptr, 0};
  if (const CK_RV begun = functions_.C_SignInit(session_->handle(), &mechanism, key_); begun != CKR_OK) return begun;
  Sha256Digest input = digest;  // the interface lacks a const
  signature.assign(2 * kSignatureSize, 0);
  CK_ULONG size = signature.size();
  const CK_RV answer = functions_.C_Sign(session_->handle(), input.data(), input.size(), signature.data(), &size);
  signature.resize(std::min<size_t>(size, signature.size()));
  return answer;
}

absl::StatusOr<std::string> TokenKey::Sign(const Sha256Digest& digest) {
  std::vector<unsigned char> signature;
  CK_RV answer = session_.has_value() ? TrySign(digest, signature) : CKR_SESSION_CLOSED;
  if (IsLost(answer)) {
    ACCORD_RETURN_IF_ERROR(Reopen());
    answer = TrySign(digest, signature);
  }
  if (IsLost(answer)) session_.reset();
  ACCORD_RETURN_IF_ERROR(Pkcs11Error("sign with the token's key", answer));
  if (signature.size() != kSignatureSize) {
    return absl::InternalError(absl::StrCat("the token's signature has ", signature.size(), " bytes; expected ",
                                            kSignatureSize, " (r and s)"));
  }
  return std::string(signature.begin(), signature.end());
}

}  // namespace accord
