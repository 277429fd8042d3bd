#include "client/signer/token_slot.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "client/signer/pkcs11_error.h"

namespace accord {
namespace {

constexpr CK_ULONG kMaxSlots = 256;

// The label is padded with blanks to 32 bytes.
std::string LabelOf(const CK_TOKEN_INFO& info) {
  const absl::string_view padded(reinterpret_cast<const char*>(info.label), sizeof(info.label));
  return std::string(absl::StripTrailingAsciiWhitespace(padded));
}

absl::StatusOr<std::vector<TokenSlot>> ListTokens(const CK_FUNCTION_LIST& functions) {
  // Asking for the number first is what makes modules look for new tokens (section 5.5).
  CK_ULONG count = 0;
  ACCORD_RETURN_IF_ERROR(Pkcs11Error("look for tokens", functions.C_GetSlotList(CK_TRUE, nullptr, &count)));
  std::vector<CK_SLOT_ID> ids(kMaxSlots);
  count = kMaxSlots;
  ACCORD_RETURN_IF_ERROR(Pkcs11Error("look for tokens", functions.C_GetSlotList(CK_TRUE, ids.data(), &count)));
  ids.resize(std::min(count, kMaxSlots));
  std::vector<TokenSlot> tokens;
  for (const CK_SLOT_ID id : ids) {
    CK_TOKEN_INFO info = {};
    // One that goes meanwhile, or that cannot be read, is not the one.
    if (functions.C_GetTokenInfo(id, &info) != CKR_OK || (info.flags & CKF_TOKEN_INITIALIZED) == 0) continue;
    tokens.push_back({id, info.flags, LabelOf(info)});
  }
  return tokens;
}

}  // namespace

absl::StatusOr<TokenSlot> FindToken(const CK_FUNCTION_LIST& functions, const std::string& label) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<TokenSlot> tokens, ListTokens(functions));
  const TokenSlot* found = nullptr;
  for (const TokenSlot& token : tokens) {
    if (token.label != label) continue;
    if (found != nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat("two tokens are labelled \"", label, "\": take one out, or give one another label"));
    }
    found = &token;
  }
  if (found != nullptr) return *found;
  const std::string there = absl::StrJoin(tokens, ", ", [](std::string* out, const TokenSlot& token) {
    absl::StrAppend(out, "\"", absl::CHexEscape(token.label), "\"");
  });
  return absl::NotFoundError(absl::StrCat("no token labelled \"", label, "\" is there (",
                                          there.empty() ? "there is none" : absl::StrCat("there is ", there),
                                          "): plug it in, or mend signing_token.token_label"));
}

absl::Status CheckPinMayBeTried(const TokenSlot& token) {
  const auto fault = [&](absl::string_view what) {
    return absl::FailedPreconditionError(absl::StrCat("the token \"", token.label, "\" ", what));
  };
  if ((token.flags & CKF_USER_PIN_INITIALIZED) == 0) {
    return fault("has no user PIN yet: set one, for example with pkcs11-tool --init-pin");
  }
  if ((token.flags & CKF_USER_PIN_LOCKED) != 0) {
    return fault("is locked, its PIN was refused too often: whoever has the security officer's PIN can set a new one");
  }
  if ((token.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
    return fault(
        "would be locked by one more wrong PIN, so none is tried: log in once by hand with the right one, for example "
        "with pkcs11-tool --login --list-objects");
  }
  return absl::OkStatus();
}

}  // namespace accord
