// How a site or a person gets its certificate: a key pair made here, a request signed there, and the coordinator
// recognised by the CA's fingerprint in the token.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/identity/enrolment_token.h"
#include "trust/identity/signing.h"
#include "trust/tls/credentials.h"

namespace accord {

struct NewIdentity {
  std::string identity;  // "site/ID" or "person/ID"
  SecretBytes key_pem;
  std::string certificate_pem;
  std::string ca_pem;
};

struct IdentityRequest {
  // Which kind of member asks. The coordinator refuses a token that is for the other one, and the token stays good.
  v1::EnrollRequest::Kind kind = v1::EnrollRequest::ANY;
  // Of a site that signs with another key than that of its certificate; the coordinator lists that key in the drafts of
  // the roster. Outlives the call; nullptr: there is none.
  const Signer* signer = nullptr;
  // Where WriteIdentity will put the identity. The key is kept beside them (key.pem.asked, mode 0600, with the hash of
  // the token's secret) from before it is asked with: if the answer is lost, the same token is asked with the same key
  // the next time, which the coordinator answers again, and no new token is needed. nullptr: it is kept nowhere.
  const TlsFiles* files = nullptr;
};

// Exchanges the token for a certificate over a key that is made here and never sent. `coordinator`: "host:port";
// `proxy`: "http://host:port" or empty. PERMISSION_DENIED when the coordinator refuses the token; UNAVAILABLE when it
// cannot be reached or is not the one that the token is for; FAILED_PRECONDITION when it is of a version that does not
// list signing keys, and there is one. Blocks for half a minute at most.
absl::StatusOr<NewIdentity> RequestIdentity(const std::string& coordinator, const std::string& proxy,
                                            const EnrolmentToken& token, const IdentityRequest& wanted);

// ALREADY_EXISTS when one of the files is there: asked before the token is spent.
absl::Status CheckNotEnrolled(const TlsFiles& files);

// Writes the files durably, the key with mode 0600, their folder (0700) where it is missing. Each file changes as one
// step, and the new key is on the disk, beside the old one, before the certificate is replaced: FinishIdentity mends a
// stop in between.
absl::Status WriteIdentity(const TlsFiles& files, const NewIdentity& identity);
// Puts the key in its place that belongs to the certificate, where WriteIdentity was stopped behind the certificate;
// else does nothing. Before the files are read, which says what else is wrong with them.
absl::Status FinishIdentity(const TlsFiles& files);

}  // namespace accord
