// What a PKCS#11 module answers, in words.
#pragma once

#include <p11-kit/pkcs11.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// "cannot ACTION: words (CKR_...)". OK for CKR_OK; UNAVAILABLE where IsLost; PERMISSION_DENIED where IsRefusedPin; else
// INTERNAL. Source of the meanings: PKCS #11 Base Specification v2.40, section 5.1.
absl::Status Pkcs11Error(absl::string_view action, CK_RV value);

// The token is gone, or what was open on it (session, login, handles) is: opening it anew may help.
bool IsLost(CK_RV value);

// The token does not take this PIN; another attempt with it would bring the token nearer to being locked.
bool IsRefusedPin(CK_RV value);

}  // namespace accord
