// What lies in a coordinator's folder, and how it is made.
//
//   DIR/coordinator.yaml        configuration
//   DIR/state/ca.pem, ca.key    the federation's certificate authority
//   DIR/state/server.pem, .key  this coordinator's own certificate
//   DIR/state/log.key           the key that signs the heads of the federation's log
//   DIR/state/coordinator.db    everything else but large models, which are files in DIR/state/objects
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "trust/identity/certificate_authority.h"
#include "trust/tls/credentials.h"

namespace accord {

TlsFiles ServerTlsFiles(const std::string& state_dir);

// A new certificate authority in an empty state_dir (made with mode 0700). ALREADY_EXISTS when there is one.
absl::StatusOr<CertificateAuthority> CreateAuthority(const std::string& state_dir, absl::Time now);
absl::StatusOr<CertificateAuthority> LoadAuthority(const std::string& state_dir);

// Makes a fresh server key and certificate for localhost, 127.0.0.1, ::1 and `names`.
absl::Status IssueServerCertificate(const CertificateAuthority& authority, const std::string& state_dir,
                                    const std::vector<std::string>& names, absl::Time now);
// A fresh certificate for the present key if the one that is there ends within 30 days, or does not name exactly
// `names`; with a fresh key where there is none. True when it was replaced, as one step: a running server may read it.
absl::StatusOr<bool> RenewServerCertificate(const CertificateAuthority& authority, const std::string& state_dir,
                                            const std::vector<std::string>& names, absl::Time now);

}  // namespace accord
