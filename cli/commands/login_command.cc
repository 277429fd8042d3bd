#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "nlohmann/json.hpp"
#include "trust/identity/invitation.h"

namespace accord {
namespace {

struct LoginOptions {
  std::string coordinator;  // empty: the invitation's
  InvitationSource invitation;
};

absl::StatusOr<std::string> CoordinatorOf(const LoginOptions& options, const Invitation& invitation) {
  if (!options.coordinator.empty()) return options.coordinator;
  if (!invitation.coordinator.empty()) return invitation.coordinator;
  return absl::InvalidArgumentError(
      "a token does not name the coordinator: say --coordinator HOST:PORT, or give the file of an invitation");
}

absl::StatusOr<ExitCode> Login(CommandTree& tree, const LoginOptions& options) {
  CliEnvironment& environment = tree.environment();
  const std::string folder = tree.profile().empty() ? environment.default_profile : tree.profile();
  ACCORD_ASSIGN_OR_RETURN(const Invitation invitation, ReadInvitation(options.invitation, environment.in, "person"));
  ACCORD_ASSIGN_OR_RETURN(const std::string coordinator, CoordinatorOf(options, invitation));
  const TlsFiles files = ProfileFiles(folder);
  ACCORD_ASSIGN_OR_RETURN(const NewIdentity granted, environment.enrol(coordinator, invitation.token, &files));
  if (!absl::StartsWith(granted.identity, "person/")) {
    return absl::FailedPreconditionError(absl::StrCat("the token is for ", granted.identity,
                                                      ", not for a person; a site enrols with `accord-client enroll`"));
  }
  ACCORD_RETURN_IF_ERROR(SaveProfile(folder, coordinator, granted));
  if (tree.json()) {
    const nlohmann::json result = {{"identity", granted.identity}, {"coordinator", coordinator}, {"profile", folder}};
    environment.out << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  environment.out << "logged in to " << Printable(coordinator) << " as " << Printable(granted.identity) << "; key and "
                  << "certificate are in " << folder << "\n";
  return kExitOk;
}

}  // namespace

void AddLoginCommand(CommandTree& tree) {
  const auto options = std::make_shared<LoginOptions>();
  CLI::App& leaf = tree.AddLeaf(tree.app(),
                                {.name = "login",
                                 .description = "Become a person known to a coordinator: make a key here, exchange a "
                                                "one-time token for a certificate.",
                                 .example = "accord login --token-file ada.invitation"},
                                [&tree, options] { return Login(tree, *options); });
  leaf.add_option("--coordinator", options->coordinator, "its address; else the invitation's")->type_name("HOST:PORT");
  leaf.add_option("--token", options->invitation.text,
                  "the token; - reads it, or an invitation, from standard input, where no process list shows it")
      ->type_name("TOKEN");
  leaf.add_option("--token-file", options->invitation.file, "file of the invitation or of the token")
      ->type_name("FILE");
}

}  // namespace accord
