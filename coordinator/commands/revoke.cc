#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/opened_log.h"
#include "coordinator/store/member_keys.h"
#include "trust/identity/certificate_authority.h"

namespace accord {

absl::Status RunRevoke(const RevokeOptions& options, std::ostream& out) {
  if (!IsValidIdentity(options.identity)) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.identity, " cannot be an id: expected 1 to 63 lower-case letters, digits and hyphens"));
  }
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  MemberKeys keys(*opened.database, opened.log.get());
  ACCORD_RETURN_IF_ERROR(keys.Revoke(options.identity, options.reason, Clock::System().Now()));
  out << options.identity << " is shut out: a running coordinator ends its sessions within seconds, and takes no call "
      << "of its certificate any more. Tokens that were given out for it before are void; a new one "
         "(accord-coordinator "
      << "token) lets it enrol with a new key.\n";
  if (absl::StartsWith(options.identity, "site/")) {
    out << "It stays in the federation's roster, which is the sites' to change: see accord-coordinator roster.\n";
  }
  return absl::OkStatus();
}

}  // namespace accord
