#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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
bool IsName(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == ':';
  });
}

// What the configuration that is written would be refused for.
bool IsListenAddress(const std::string& listen) {
  const size_t colon = listen.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || colon == 0 || listen.size() - colon > 6) return false;
  if (!absl::SimpleAtoi(listen.substr(colon + 1), &port) || port > 65535) return false;
  std::string host = listen.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') return host.size() > 2 && IsName(host.substr(1, host.size() - 2));
  return IsName(host) && host.find(':') == std::string::npos;
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

// All that is wrong with the options, before anything is made.
absl::Status CheckOptions(const InitOptions& options, const std::string& config) {
  std::vector<std::string> faults;
  for (const std::string& name : options.names) {
    if (!IsName(name)) faults.push_back(absl::StrCat("--name ", name, " is no host name or IP address"));
  }
  if (!IsListenAddress(options.listen)) {
    faults.push_back(absl::StrCat("--listen ", options.listen,
                                  ": expected ADDRESS:PORT with a port from 0 to 65535, for ", "example 0.0.0.0:7443"));
  }
  if (!IsProjectId(options.project)) {
    faults.push_back(absl::StrCat("--project ", options.project, " is not 1 to 63 of a-z 0-9 -"));
  }
  if (const absl::Status invited = CheckInvitations(options, config); !invited.ok()) {
    faults.emplace_back(invited.message());
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

}  // namespace

absl::Status RunInit(const InitOptions& options) {
  const std::string config = absl::StrCat(options.folder, "/coordinator.yaml");
  // First: whoever types it a second time is told of nothing that the first time left there.
  if (access(config.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(absl::StrCat(config,
                                                 " exists; nothing was changed. Choose another folder, or invite ",
                                                 "more with accord-coordinator invite --config ", config));
  }
  ACCORD_RETURN_IF_ERROR(CheckOptions(options, config));
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
