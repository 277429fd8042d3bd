// Recognises a coordinator by the fingerprint of its CA, before any certificate is on this machine.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/hash.h"
#include "grpcpp/security/tls_certificate_verifier.h"

namespace accord {

// OK when the certificates of `chain_pem` (as a server sent them, leaf first) hold one whose SHA-256 is
// `ca_fingerprint`, the leaf is signed by it, valid at `now`, made for servers, names the host of `target`
// ("host:port") and carries the coordinator's URI. PERMISSION_DENIED says which of these fails. The chain comes from
// whoever answered: nothing of it is trusted before the check.
absl::Status VerifyPinnedChain(absl::string_view chain_pem, absl::string_view target,
                               const Sha256Digest& ca_fingerprint, absl::Time now);

// The same as gRPC asks for it, after a handshake and before any call. Thread-safe.
class PinnedVerifier : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit PinnedVerifier(const Sha256Digest& ca_fingerprint) : ca_fingerprint_(ca_fingerprint) {}
  ~PinnedVerifier() override = default;

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback, grpc::Status* sync_status) override;
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const Sha256Digest ca_fingerprint_;
};

}  // namespace accord
