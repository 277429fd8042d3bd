#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/state_dir.h"
#include "coordinator/store/database.h"
#include "coordinator/store/members.h"
#include "coordinator/store/store.h"
#include "proto/validation/config_validation.h"
#include "trust/identity/enrolment_token.h"
#include "trust/roster/display_name.h"

namespace accord {
namespace {

absl::Status CheckOrganisation(const TokenOptions& options) {
  if (options.organisation.empty()) return absl::OkStatus();
  if (!absl::StartsWith(options.identity, "site/")) {
    return absl::InvalidArgumentError("--organisation is for a site's token; a person belongs to none in the roster");
  }
  return Annotate(CheckDisplayName(options.organisation), "--organisation");
}

}  // namespace

absl::Status RunToken(const TokenOptions& options) {
  if (!IsValidIdentity(options.identity)) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.identity, " cannot be an id: expected 1 to 63 lower-case letters, digits and hyphens"));
  }
  ACCORD_RETURN_IF_ERROR(CheckOrganisation(options));
  ACCORD_ASSIGN_OR_RETURN(const v1::CoordinatorConfig config, LoadCoordinatorConfig(options.config));
  ACCORD_ASSIGN_OR_RETURN(const CertificateAuthority authority, LoadAuthority(config.state_dir()));
  ACCORD_ASSIGN_OR_RETURN(const EnrolmentToken token, EnrolmentToken::Make(authority.Fingerprint()));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, Database::Open(DatabasePath(config.state_dir())));
  Members members(*database);
  ACCORD_RETURN_IF_ERROR(members.AddToken(token.SecretHash(), options.identity,
                                          Clock::System().Now() + options.validity, options.organisation));
  const SecretBytes text = token.Text();
  std::cout << text.RevealAsText() << std::endl;
  std::cerr << "One use, for " << options.identity << ", within " << absl::FormatDuration(options.validity)
            << ". Hand it over on a private channel.\n";
  return absl::OkStatus();
}

}  // namespace accord
