// Finds a token by its label and says whether its PIN may be tried.
// Source: PKCS #11 Base Specification v2.40, sections 3.2 (CK_TOKEN_INFO) and 5.5.
#pragma once

#include <p11-kit/pkcs11.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace accord {

struct TokenSlot {
  CK_SLOT_ID id = 0;
  CK_FLAGS flags = 0;  // of CK_TOKEN_INFO, as of now
  std::string label;
};

// NOT_FOUND names the tokens that are there; FAILED_PRECONDITION: two tokens have this label. Looks at 256 slots at
// most.
absl::StatusOr<TokenSlot> FindToken(const CK_FUNCTION_LIST& functions, const std::string& label);

// FAILED_PRECONDITION, with what to do, when a PIN must not be tried: none is set, it is locked, or the next refusal
// would lock it.
absl::Status CheckPinMayBeTried(const TokenSlot& token);

}  // namespace accord
