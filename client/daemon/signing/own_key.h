// Which key a site signs its statements and rosters with.
//
// Without a token it is the key of its certificate. With one (signing_token in client.yaml) it is the key in the token,
// whose public half enrolment left in the state folder: so what only names the key needs no token, a token with another
// key is found out, and so is a config that has lost its token.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/daemon/signing/token_signer.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/identity/signing.h"

namespace accord {

// The public key that rosters must list for this site. NOT_FOUND: it is not enrolled; FAILED_PRECONDITION: it enrolled
// with a token and has none now, or the other way round.
absl::StatusOr<std::string> OwnPublicKey(const v1::SiteConfig& config);

enum class IfTokenFails { kRefuse, kWarnAndGoOn };
// Signs with that key. A token that cannot be used is an error, or goes to the log: it may be plugged in later.
absl::StatusOr<std::unique_ptr<Signer>> MakeOwnSigner(const v1::SiteConfig& config, IfTokenFails if_token_fails);

// The config's token, whatever key is in it: for enrolment. Opens it.
absl::StatusOr<std::unique_ptr<TokenSigner>> OpenToken(const v1::SiteConfig& config);
// The config's token if it holds this key. Does not touch it.
absl::StatusOr<std::unique_ptr<TokenSigner>> TokenWith(const v1::SiteConfig& config, std::string public_key_der);

// Keeps the public key of a site that enrolled with a token; an empty one: it enrolled without.
absl::Status KeepSigningKey(const StateFolder& folder, const std::string& public_key_der);

}  // namespace accord
