#include "client/signer/token_session.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "client/signer/pin_file.h"
#include "client/signer/pkcs11_error.h"

namespace accord {
namespace {

constexpr size_t kMaxAttributeBytes = 4096;

// What is left after a refusal, for somebody who must not lock the token.
std::string AttemptsLeft(const CK_FUNCTION_LIST& functions, const TokenSlot& token) {
  CK_TOKEN_INFO info = {};
  if (functions.C_GetTokenInfo(token.id, &info) != CKR_OK) return "";
  if ((info.flags & CKF_USER_PIN_LOCKED) != 0) return "; THE TOKEN IS LOCKED NOW";
  if ((info.flags & CKF_USER_PIN_FINAL_TRY) != 0) return "; ONE MORE WRONG PIN LOCKS THE TOKEN";
  return "";
}

}  // namespace

TokenSession::TokenSession(TokenSession&& other) noexcept
    : functions_(other.functions_), handle_(std::exchange(other.handle_, CK_INVALID_HANDLE)) {}

TokenSession::~TokenSession() {
  if (handle_ != CK_INVALID_HANDLE) functions_.C_CloseSession(handle_);
}

absl::StatusOr<TokenSession> TokenSession::Open(const CK_FUNCTION_LIST& functions, const TokenSlot& token,
                                                const Pin& pin) {
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  ACCORD_RETURN_IF_ERROR(
      Pkcs11Error("open a session", functions.C_OpenSession(token.id, CKF_SERIAL_SESSION, nullptr, nullptr, &handle)));
  TokenSession session(functions, handle);
  if ((token.flags & CKF_LOGIN_REQUIRED) != 0) ACCORD_RETURN_IF_ERROR(session.LogIn(token, pin));
  return session;
}

absl::Status TokenSession::LogIn(const TokenSlot& token, const Pin& pin) const {
  // A login is the process's, not the session's: it may have outlived an earlier session.
  CK_SESSION_INFO info = {};
  if (functions_.C_GetSessionInfo(handle_, &info) == CKR_OK && info.state == CKS_RO_USER_FUNCTIONS) {
    return absl::OkStatus();
  }
  ACCORD_RETURN_IF_ERROR(CheckPinMayBeTried(token));
  ACCORD_ASSIGN_OR_RETURN(const PinFile file, PinFile::Read(pin.file, pin.refusal_memory));
  // The interface lacks a const; no module has reason to write there.
  auto* const bytes = const_cast<unsigned char*>(file.pin().data());
  const CK_RV answer = functions_.C_Login(handle_, CKU_USER, bytes, file.pin().size());
  if (answer == CKR_OK || answer == CKR_USER_ALREADY_LOGGED_IN) {
    file.ForgetRefusal();
    return absl::OkStatus();
  }
  const absl::Status refused = Pkcs11Error(absl::StrCat("log in to the token \"", token.label, "\""), answer);
  if (!IsRefusedPin(answer)) return refused;
  const absl::Status remembered = file.RememberRefusal();
  return absl::PermissionDeniedError(absl::StrCat(
      refused.message(), AttemptsLeft(functions_, token), "; it is not tried again until ", pin.file,
      " is written anew",
      remembered.ok()
          ? ""
          : absl::StrCat(" (that could not be kept for a restart: ", remembered.message(), "; stop the daemon)")));
}

absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> TokenSession::Find(std::vector<CK_ATTRIBUTE> attributes,
                                                                 size_t limit) const {
  constexpr char kAction[] = "look for the key";
  ACCORD_RETURN_IF_ERROR(
      Pkcs11Error(kAction, functions_.C_FindObjectsInit(handle_, attributes.data(), attributes.size())));
  std::vector<CK_OBJECT_HANDLE> objects(limit);
  CK_ULONG found = 0;
  const CK_RV answer = functions_.C_FindObjects(handle_, objects.data(), limit, &found);
  functions_.C_FindObjectsFinal(handle_);
  ACCORD_RETURN_IF_ERROR(Pkcs11Error(kAction, answer));
  objects.resize(std::min<size_t>(found, limit));
  return objects;
}

absl::StatusOr<std::string> TokenSession::Attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
  std::string value(kMaxAttributeBytes, '\0');
  CK_ATTRIBUTE attribute = {type, value.data(), value.size()};
  const CK_RV answer = functions_.C_GetAttributeValue(handle_, object, &attribute, 1);
  if (IsLost(answer)) return Pkcs11Error("look at the key", answer);
  if (answer != CKR_OK || attribute.ulValueLen > value.size()) {
    return absl::NotFoundError("the token does not show this attribute of the key");
  }
  value.resize(attribute.ulValueLen);
  return value;
}

}  // namespace accord
