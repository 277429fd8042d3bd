#include <unistd.h>

#include <cctype>
#include <filesystem>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/state_dir.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "coordinator/store/store.h"
#include "proto/validation/config_validation.h"
#include "trust/log/log_entry.h"

namespace accord {
namespace {

// Names end up in YAML and in the certificate: host names and addresses only.
absl::Status CheckName(const std::string& name) {
  for (const char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != ':') {
      return absl::InvalidArgumentError(absl::StrCat("--name ", name, " is no host name or IP address"));
    }
  }
  return absl::OkStatus();
}

std::string ConfigText(const InitOptions& options) {
  std::string text =
      absl::StrCat("# Configuration of accord-coordinator.\nlisten: \"", options.listen, "\"\nstate_dir: state\n");
  if (options.project != kFederationProject) {
    absl::StrAppend(&text, "# Whose log this coordinator keeps; it stays as it is.\nproject: ", options.project, "\n");
  }
  if (!options.names.empty()) {
    absl::StrAppend(&text, "# Host names and addresses under which sites reach this coordinator.\nnames:\n");
    for (const std::string& name : options.names) absl::StrAppend(&text, "  - \"", name, "\"\n");
  }
  return text;
}

// Those who are to be invited at once.
InviteOptions InvitedBy(const InitOptions& options, const std::string& config) {
  return {.config = config,
          .sites = options.sites,
          .people = options.people,
          .out = absl::StrCat(options.folder, "/invitations")};
}

bool Invites(const InitOptions& options) { return !options.sites.empty() || !options.people.empty(); }

// Before anything is made.
absl::Status CheckInvitations(const InitOptions& options, const std::string& config) {
  if (!Invites(options)) return absl::OkStatus();
  if (options.names.empty()) {
    return absl::InvalidArgumentError("an invitation says where the coordinator is: say --name HOST as well");
  }
  if (absl::EndsWith(options.listen, ":0")) {
    return absl::InvalidArgumentError(
        "an invitation says where the coordinator is: give --listen a port, or invite once it runs (accord-coordinator "
        "invite)");
  }
  return CheckInvited(InvitedBy(options, config));
}

}  // namespace

absl::Status RunInit(const InitOptions& options) {
  for (const std::string& name : options.names) ACCORD_RETURN_IF_ERROR(CheckName(name));
  if (!IsProjectId(options.project)) {
    return absl::InvalidArgumentError(absl::StrCat("--project ", options.project, " is not 1 to 63 of a-z 0-9 -"));
  }
  const std::string config = absl::StrCat(options.folder, "/coordinator.yaml");
  ACCORD_RETURN_IF_ERROR(CheckInvitations(options, config));
  if (access(config.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(absl::StrCat(config, " exists; nothing was changed. Choose another folder."));
  }
  const absl::Time now = Clock::System().Now();
  const std::string state_dir = absl::StrCat(options.folder, "/state");
  ACCORD_RETURN_IF_ERROR(MakeFolders(options.folder, 0700));
  ACCORD_ASSIGN_OR_RETURN(const CertificateAuthority authority, CreateAuthority(state_dir, now));
  ACCORD_RETURN_IF_ERROR(IssueServerCertificate(authority, state_dir, options.names, now));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, Database::Open(DatabasePath(state_dir)));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<FederationLog> log,
                          FederationLog::OpenOrBegin(state_dir, *database, Clock::System(), options.project));
  // The configuration last: with it the folder is complete.
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(config, ConfigText(options)));
  ACCORD_RETURN_IF_ERROR(LoadCoordinatorConfig(config).status());
  std::cout
      << "This coordinator's folder is " << options.folder << ". Keep " << state_dir
      << "/ca.key safe: whoever has it can name members of the federation. Keep log.key beside it: without it the "
      << "federation's log cannot go on.\nThe log's id is " << HexDigest(log->identity().id())
      << "; who checks it wants to know that.\n\n"
      << "Next:\n"
      << "  accord-coordinator run --config " << config << "\n";
  if (Invites(options)) return RunInvite(InvitedBy(options, config), std::cout);
  std::cout << "  accord-coordinator invite --site HOSPITAL=ORGANISATION --person ENGINEER --config " << config
            << "    (and so on: everybody at once)\n";
  return absl::OkStatus();
}

}  // namespace accord
