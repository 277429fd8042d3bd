// gRPC credentials from PEM files, and who a peer is. TLS 1.3 only.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_context.h"

namespace accord {

// Paths of PEM files.
struct TlsFiles {
  std::string certificate;  // leaf, then (server) the CA's certificate
  std::string key;          // mode 0600; refused when others can read it
  std::string ca;
};

// Client certificates are asked for and verified when given; a call without one reaches handlers with no identity (only
// Enroll answers those). The files are read again every `reread` (whole seconds, at least one), so that a renewed
// certificate counts for new connections without a restart; files that cannot be read then change nothing.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const TlsFiles& files, absl::Duration reread = absl::Minutes(1));
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeClientCredentials(const TlsFiles& files);
// For Enroll: accepts exactly a server whose chain ends in the CA with this fingerprint and whose certificate names the
// host.
std::shared_ptr<grpc::ChannelCredentials> MakeEnrolmentCredentials(const Sha256Digest& ca_fingerprint);

struct PeerIdentity {
  enum class Role { kNone, kSite, kPerson };
  Role role = Role::kNone;
  std::string id;  // without "site/" or "person/"
};
// From the verified client certificate's URI SAN; role kNone where there is none or it is not one of ours.
PeerIdentity IdentifyPeer(const grpc::AuthContext& context);

}  // namespace accord
