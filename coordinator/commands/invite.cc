#include <unistd.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/state_dir.h"
#include "coordinator/store/database.h"
#include "coordinator/store/members.h"
#include "coordinator/store/store.h"
#include "proto/validation/config_validation.h"
#include "trust/identity/invitation.h"
#include "trust/roster/display_name.h"

namespace accord {
namespace {

struct Invited {
  std::string identity;  // "site/ID" or "person/ID"
  std::string id;
  std::string organisation;
  std::string file;
};

std::vector<Invited> AllInvited(const InviteOptions& options) {
  std::vector<Invited> all;
  for (const std::string& site : options.sites) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(site, absl::MaxSplits('=', 1));
    all.push_back({absl::StrCat("site/", parts.first), parts.first, parts.second, ""});
  }
  for (const std::string& person : options.people) all.push_back({absl::StrCat("person/", person), person, "", ""});
  for (Invited& invited : all) invited.file = absl::StrCat(options.out, "/", invited.id, ".invitation");
  return all;
}

absl::Status Check(const std::vector<Invited>& all) {
  std::vector<std::string> faults;
  if (all.empty()) faults.emplace_back("say whom: --site ID=ORGANISATION, --person ID (both repeatable)");
  std::set<std::string> ids;
  for (const Invited& invited : all) {
    if (!IsValidIdentity(invited.identity)) {
      faults.push_back(
          absl::StrCat(invited.identity, " cannot be an id: expected 1 to 63 lower-case letters, digits and hyphens"));
      continue;
    }
    if (!ids.insert(invited.id).second) faults.push_back(absl::StrCat(invited.id, " is invited twice"));
    if (absl::StartsWith(invited.identity, "site/")) {
      if (const absl::Status name = CheckDisplayName(invited.organisation); !name.ok()) {
        faults.push_back(absl::StrCat("--site ", invited.id, "=ORGANISATION: ", name.message()));
      }
    }
    if (access(invited.file.c_str(), F_OK) == 0) {
      faults.push_back(
          absl::StrCat(invited.file, " is there already; take it away, or name another folder with --out"));
    }
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("nobody was invited:\n  ", absl::StrJoin(faults, "\n  ")));
}

// Under which those who are invited reach this coordinator.
absl::StatusOr<std::string> AddressOf(const v1::CoordinatorConfig& config, const std::string& config_path) {
  if (config.names().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("an invitation says where the coordinator is, and ", config_path,
                     " names no host: add the first one under names:, or give out tokens (accord-coordinator token)"));
  }
  std::string port = config.listen().substr(config.listen().rfind(':') + 1);
  if (port == "0") {
    const auto taken = ReadFile(absl::StrCat(config.state_dir(), "/port"), 16);
    if (!taken.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "an invitation says where the coordinator is, and with port 0 that is only known while it runs: start it, "
          "or give ",
          config_path, " a port"));
    }
    port = std::string(absl::StripAsciiWhitespace(*taken));
  }
  const std::string& name = config.names(0);
  const bool is_ipv6 = absl::StrContains(name, ':');
  return absl::StrCat(is_ipv6 ? "[" : "", name, is_ipv6 ? "]:" : ":", port);
}

}  // namespace

absl::Status CheckInvited(const InviteOptions& options) { return Check(AllInvited(options)); }

absl::Status RunInvite(const InviteOptions& options, std::ostream& out) {
  const std::vector<Invited> all = AllInvited(options);
  ACCORD_RETURN_IF_ERROR(Check(all));
  ACCORD_ASSIGN_OR_RETURN(const v1::CoordinatorConfig config, LoadCoordinatorConfig(options.config));
  ACCORD_ASSIGN_OR_RETURN(const std::string address, AddressOf(config, options.config));
  ACCORD_ASSIGN_OR_RETURN(const CertificateAuthority authority, LoadAuthority(config.state_dir()));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, Database::Open(DatabasePath(config.state_dir())));
  Members members(*database);
  const absl::Time until = absl::FromUnixSeconds(absl::ToUnixSeconds(Clock::System().Now() + options.validity));
  ACCORD_RETURN_IF_ERROR(MakeFolders(options.out, 0700));
  for (const Invited& invited : all) {
    Invitation invitation{.identity = invited.identity, .coordinator = address, .until = until, .token = {}};
    ACCORD_ASSIGN_OR_RETURN(invitation.token, EnrolmentToken::Make(authority.Fingerprint()));
    ACCORD_RETURN_IF_ERROR(
        members.AddToken(invitation.token.SecretHash(), invited.identity, until, invited.organisation));
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(invited.file, invitation.Text().RevealAsText(), 0600));
    const bool is_site = absl::StartsWith(invited.identity, "site/");
    out << invited.file << ": for " << invited.identity << ", who joins with\n    "
        << (is_site ? "accord-client enroll" : "accord login") << " --token-file " << invited.id << ".invitation"
        << (is_site ? " --data NAME=MAPPING" : "") << "\n";
  }
  out << "Each is for one use, within " << absl::FormatDuration(options.validity)
      << ", and a secret: hand it over on a private channel.\n"
      << "Once all sites have enrolled, a running coordinator writes the first roster for them to sign.\n";
  return absl::OkStatus();
}

}  // namespace accord
