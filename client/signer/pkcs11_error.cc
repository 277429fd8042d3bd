#include "client/signer/pkcs11_error.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace accord {
namespace {

enum class Kind { kLost, kRefusedPin, kOther };

struct Meaning {
  CK_RV value;
  Kind kind;
  const char* name;
  const char* words;
};

constexpr Meaning kMeanings[] = {
    {CKR_SESSION_CLOSED, Kind::kLost, "CKR_SESSION_CLOSED", "the session with the token was closed"},
    {CKR_SESSION_HANDLE_INVALID, Kind::kLost, "CKR_SESSION_HANDLE_INVALID", "the session with the token is lost"},
    {CKR_USER_NOT_LOGGED_IN, Kind::kLost, "CKR_USER_NOT_LOGGED_IN", "the token has logged this site out"},
    {CKR_KEY_HANDLE_INVALID, Kind::kLost, "CKR_KEY_HANDLE_INVALID", "the key is not there any more"},
    {CKR_OBJECT_HANDLE_INVALID, Kind::kLost, "CKR_OBJECT_HANDLE_INVALID", "the key is not there any more"},
    {CKR_DEVICE_REMOVED, Kind::kLost, "CKR_DEVICE_REMOVED", "the token was removed"},
    {CKR_TOKEN_NOT_PRESENT, Kind::kLost, "CKR_TOKEN_NOT_PRESENT", "the token is not there"},
    {CKR_TOKEN_NOT_RECOGNIZED, Kind::kLost, "CKR_TOKEN_NOT_RECOGNIZED", "the token cannot be read"},
    {CKR_SLOT_ID_INVALID, Kind::kLost, "CKR_SLOT_ID_INVALID", "the token's slot is gone"},
    {CKR_DEVICE_ERROR, Kind::kLost, "CKR_DEVICE_ERROR", "the token does not answer as it should"},
    {CKR_PIN_INCORRECT, Kind::kRefusedPin, "CKR_PIN_INCORRECT", "the PIN is wrong"},
    {CKR_PIN_INVALID, Kind::kRefusedPin, "CKR_PIN_INVALID", "the PIN has characters that the token does not take"},
    {CKR_PIN_LEN_RANGE, Kind::kRefusedPin, "CKR_PIN_LEN_RANGE", "the PIN is too short or too long"},
    {CKR_PIN_LOCKED, Kind::kRefusedPin, "CKR_PIN_LOCKED", "the token's PIN is locked"},
    {CKR_PIN_EXPIRED, Kind::kOther, "CKR_PIN_EXPIRED", "the PIN must be changed first"},
    {CKR_USER_PIN_NOT_INITIALIZED, Kind::kOther, "CKR_USER_PIN_NOT_INITIALIZED", "the token has no user PIN yet"},
    {CKR_USER_ANOTHER_ALREADY_LOGGED_IN, Kind::kOther, "CKR_USER_ANOTHER_ALREADY_LOGGED_IN",
     "somebody else is logged in to the token"},
    {CKR_MECHANISM_INVALID, Kind::kOther, "CKR_MECHANISM_INVALID", "the token cannot sign with ECDSA"},
    {CKR_KEY_TYPE_INCONSISTENT, Kind::kOther, "CKR_KEY_TYPE_INCONSISTENT", "the key is not for ECDSA"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, Kind::kOther, "CKR_KEY_FUNCTION_NOT_PERMITTED", "the key may not sign"},
    {CKR_DEVICE_MEMORY, Kind::kOther, "CKR_DEVICE_MEMORY", "the token has no memory left"},
    {CKR_HOST_MEMORY, Kind::kOther, "CKR_HOST_MEMORY", "there is not enough memory"},
    {CKR_SESSION_COUNT, Kind::kOther, "CKR_SESSION_COUNT", "the token has too many sessions"},
    {CKR_CANT_LOCK, Kind::kOther, "CKR_CANT_LOCK", "the module cannot be used by several threads"},
    {CKR_FUNCTION_FAILED, Kind::kOther, "CKR_FUNCTION_FAILED", "the module could not do it"},
    {CKR_GENERAL_ERROR, Kind::kOther, "CKR_GENERAL_ERROR", "the module could not do it and gives no reason"},
};

const Meaning* Find(CK_RV value) {
  const auto* found = std::find_if(std::begin(kMeanings), std::end(kMeanings),
                                   [value](const Meaning& meaning) { return meaning.value == value; });
  return found == std::end(kMeanings) ? nullptr : found;
}

bool IsOf(Kind kind, CK_RV value) {
  const Meaning* meaning = Find(value);
  return meaning != nullptr && meaning->kind == kind;
}

}  // namespace

absl::Status Pkcs11Error(absl::string_view action, CK_RV value) {
  if (value == CKR_OK) return absl::OkStatus();
  const Meaning* meaning = Find(value);
  const std::string text = meaning == nullptr
                               ? absl::StrFormat("cannot %s: the module answers 0x%x", action, value)
                               : absl::StrCat("cannot ", action, ": ", meaning->words, " (", meaning->name, ")");
  if (IsLost(value)) return absl::UnavailableError(text);
  if (IsRefusedPin(value)) return absl::PermissionDeniedError(text);
  return absl::InternalError(text);
}

bool IsLost(CK_RV value) { return IsOf(Kind::kLost, value); }

bool IsRefusedPin(CK_RV value) { return IsOf(Kind::kRefusedPin, value); }

}  // namespace accord
