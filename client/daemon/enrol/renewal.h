// How a site or a person keeps its certificate: each lives for hours, and is exchanged for the next one in time, over
// the same key. So a certificate that somebody copied, or a member that was revoked, is good for nothing soon.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/accord/v1/wire.pb.h"
#include "trust/identity/granted_identity.h"
#include "trust/tls/credentials.h"

namespace accord {

// After two thirds of its life: the last third is for coordinators that are away.
absl::Time RenewalTime(const CertificateFacts& certificate);

// Asked before a request leaves: an error keeps it here, and is the renewal's. Empty: nobody is.
using BeforeRenewal = std::function<absl::Status(const v1::RenewRequest&)>;

// Exchanges the certificate in `files` for the next one, and replaces it durably. It may have ended: the coordinator
// says for how long it renews it still. PERMISSION_DENIED: it says no, and why; UNAVAILABLE: it was not reached, or
// is not the one whose CA is in `files`. Changes nothing unless OK. Blocks for half a minute at most.
absl::Status RenewCertificate(const std::string& coordinator, const std::string& proxy, const TlsFiles& files,
                              const BeforeRenewal& before = {});

// The same, if its time has come; whether it was renewed.
absl::StatusOr<bool> RenewCertificateIfDue(const std::string& coordinator, const std::string& proxy,
                                           const TlsFiles& files, absl::Time now, const BeforeRenewal& before = {});

}  // namespace accord
