// The signing key in a token: an ECDSA key on P-256 that never leaves it.
//
// Finds the one token and the one key with their labels, logs in, and signs digests (CKM_ECDSA). A session that is lost
// (the token was pulled and put back, its software restarted) is opened again once for each signature; the PIN is read
// from its file for that and not kept.
//
// Adversary: none of its own; the module is trusted with the key, and what it answers is length-checked. Whether a
// signature is one of this key is for the caller to verify.
// Not thread-safe. A call takes what the token takes: 0.1 ms in software, some 100 ms on a card, and has no deadline.
// Source: PKCS #11 Current Mechanisms v2.40, section 2.3 (EC keys, CKM_ECDSA).
#pragma once

#include <p11-kit/pkcs11.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "client/signer/token_session.h"

namespace accord {

struct TokenPlace {
  std::string token_label;
  std::string key_label;
  TokenSession::Pin pin;
};

class TokenKey {
 public:
  // `functions` outlives the key. Besides what FindToken and TokenSession::Open say: NOT_FOUND: no private key has this
  // label, or its public half is not there; FAILED_PRECONDITION: two have it, or it is of another kind or may not sign.
  static absl::StatusOr<std::unique_ptr<TokenKey>> Open(const CK_FUNCTION_LIST& functions, TokenPlace place);

  // As in trust/identity/signing.h.
  const std::string& public_key_der() const { return public_key_der_; }
  // What the operator should know although it works.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // r || s, 64 bytes. UNAVAILABLE, NOT_FOUND: the token is gone; the next call looks for it again. FAILED_PRECONDITION:
  // another key has its place. Else as Open; INTERNAL: the module's reason.
  absl::StatusOr<std::string> Sign(const Sha256Digest& digest);

 private:
  TokenKey(const CK_FUNCTION_LIST& functions, TokenPlace place) : functions_(functions), place_(std::move(place)) {}
  absl::Status Reopen();
  absl::StatusOr<std::string> ReadPublicKey() const;
  // What the module answers; `signature` is set for CKR_OK.
  CK_RV TrySign(const Sha256Digest& digest, std::vector<unsigned char>& signature) const;

  const CK_FUNCTION_LIST& functions_;
  const TokenPlace place_;
  std::string public_key_der_;
  std::vector<std::string> warnings_;
  std::optional<TokenSession> session_;
  CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
};

}  // namespace accord
