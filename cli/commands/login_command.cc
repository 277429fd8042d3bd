#include <istream>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/secret.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "nlohmann/json.hpp"

namespace accord {
namespace {

constexpr size_t kMaxTokenBytes = 4096;

struct LoginOptions {
  ~LoginOptions() { WipeString(token); }
  std::string coordinator;
  std::string token;
  std::string token_file;
};

absl::StatusOr<EnrolmentToken> ReadToken(const LoginOptions& options, std::istream& in) {
  std::string text = options.token;
  if (options.token == "-") {
    std::getline(in, text);
  } else if (!options.token_file.empty()) {
    ACCORD_ASSIGN_OR_RETURN(text, ReadFile(options.token_file, kMaxTokenBytes));
  }
  auto token = EnrolmentToken::Parse(absl::StripAsciiWhitespace(text));
  WipeString(text);
  if (token.ok()) return token;
  return Annotate(token.status(),
                  "the token cannot be read; it is the whole text that `accord-coordinator token person "
                  "NAME` printed");
}

absl::StatusOr<ExitCode> Login(CommandTree& tree, const LoginOptions& options) {
  CliEnvironment& environment = tree.environment();
  if (options.token.empty() == options.token_file.empty()) {
    return absl::InvalidArgumentError(
        "give the token once: --token-file FILE, --token - (standard input) or --token TOKEN; whoever runs the "
        "coordinator makes one with `accord-coordinator token person NAME`");
  }
  const std::string folder = tree.profile().empty() ? environment.default_profile : tree.profile();
  ACCORD_ASSIGN_OR_RETURN(const EnrolmentToken token, ReadToken(options, environment.in));
  ACCORD_ASSIGN_OR_RETURN(const NewIdentity granted, environment.enrol(options.coordinator, token));
  if (!absl::StartsWith(granted.identity, "person/")) {
    return absl::FailedPreconditionError(absl::StrCat("the token is for ", granted.identity,
                                                      ", not for a person; a site enrols with `accord-client enroll`"));
  }
  ACCORD_RETURN_IF_ERROR(SaveProfile(folder, options.coordinator, granted));
  if (tree.json()) {
    const nlohmann::json result = {
        {"identity", granted.identity}, {"coordinator", options.coordinator}, {"profile", folder}};
    environment.out << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  environment.out << "logged in to " << options.coordinator << " as " << Printable(granted.identity) << "; key and "
                  << "certificate are in " << folder << "\n";
  return kExitOk;
}

}  // namespace

void AddLoginCommand(CommandTree& tree) {
  const auto options = std::make_shared<LoginOptions>();
  CLI::App& leaf =
      tree.AddLeaf(tree.app(),
                   {.name = "login",
                    .description = "Become a person known to a coordinator: make a key here, exchange a "
                                   "one-time token for a certificate.",
                    .example = "accord login --coordinator accord.example.org:7443 --token-file token.txt"},
                   [&tree, options] { return Login(tree, *options); });
  leaf.add_option("--coordinator", options->coordinator, "its address")->required()->type_name("HOST:PORT");
  leaf.add_option("--token", options->token,
                  "the token; - reads it from standard input, where no process list shows it")
      ->type_name("TOKEN");
  leaf.add_option("--token-file", options->token_file, "file that holds the token")->type_name("FILE");
}

}  // namespace accord
