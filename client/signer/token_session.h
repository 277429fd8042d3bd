// A session with a token, logged in with the PIN from its file.
// Source: PKCS #11 Base Specification v2.40, sections 5.6 and 5.7.
#pragma once

#include <p11-kit/pkcs11.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/signer/token_slot.h"

namespace accord {

// Movable; not thread-safe. Closed, and logged out with it, at the end.
class TokenSession {
 public:
  struct Pin {
    std::string file;
    std::string refusal_memory;  // client/signer/pin_file.h
  };
  // `functions` outlives the session. PERMISSION_DENIED: the PIN was refused, now or before; FAILED_PRECONDITION: it
  // may not be tried; UNAVAILABLE: the token is gone.
  static absl::StatusOr<TokenSession> Open(const CK_FUNCTION_LIST& functions, const TokenSlot& token, const Pin& pin);
  ~TokenSession();
  TokenSession(TokenSession&& other) noexcept;
  TokenSession& operator=(TokenSession&& other) = delete;

  // At most `limit` objects that match all of `attributes`.
  absl::StatusOr<std::vector<CK_OBJECT_HANDLE>> Find(std::vector<CK_ATTRIBUTE> attributes, size_t limit) const;
  // An attribute's bytes, at most 4096. NOT_FOUND: the object has none, or does not show it.
  absl::StatusOr<std::string> Attribute(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const;

  const CK_FUNCTION_LIST& functions() const { return functions_; }
  CK_SESSION_HANDLE handle() const { return handle_; }

 private:
  TokenSession(const CK_FUNCTION_LIST& functions, CK_SESSION_HANDLE handle) : functions_(functions), handle_(handle) {}
  absl::Status LogIn(const TokenSlot& token, const Pin& pin) const;

  const CK_FUNCTION_LIST& functions_;
  CK_SESSION_HANDLE handle_ = CK_INVALID_HANDLE;
};

}  // namespace accord
