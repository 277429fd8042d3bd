#include "client/daemon/run/policy_command.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/policy_store.h"
#include "client/daemon/state/state_folder.h"
#include "nlohmann/json.hpp"
#include "proto/validation/config_validation.h"
#include "trust/charter/policy_check.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::Duration kPolicyPatience = absl::Seconds(10);

absl::StatusOr<std::shared_ptr<const ActiveCharter>> CharterOfPolicy(const v1::SiteConfig& config) {
  ACCORD_ASSIGN_OR_RETURN(auto charter, PinnedCharter(config).Pinned());
  if (charter != nullptr) return charter;
  return absl::FailedPreconditionError(
      "this site has pinned no charter, which would say who signs its policy: accord-client charter pin FILE");
}

nlohmann::json PolicyToJson(const PolicyStatement& statement) {
  return {{"site", statement.site},
          {"charter", statement.charter},
          {"policy", statement.policy.has_value() ? HexDigest(*statement.policy) : "none"},
          {"time", FormatUtc(statement.time)}};
}

void Print(const nlohmann::json& json, std::ostream& out) {
  out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace

absl::Status TakePolicy(const PolicyFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const auto charter, CharterOfPolicy(config));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxSignedPolicyBytes));
  const auto signed_policy = SignedPolicy::Parse(text);
  if (!signed_policy.ok()) return Annotate(signed_policy.status(), options.file);
  const auto statement = PolicyStore(folder.PolicyFolder())
                             .Keep(charter->charter(), charter->roster(), config.site(), *signed_policy, absl::Now());
  if (!statement.ok()) return Annotate(statement.status(), options.file);
  v1::ControlRequest request;
  request.mutable_orders_changed();
  const bool told = AskDaemon(folder.ControlSocket(), request, kPolicyPatience).ok();
  // Whether the text at hand is the signed one, and holds.
  const absl::Status holds = PinnedCharter(config).Current().status();
  if (options.json) {
    nlohmann::json taken = PolicyToJson(*statement);
    taken["daemon_was_told"] = told;
    taken["why_not_now"] = std::string(holds.message());
    Print(taken, out);
    return absl::OkStatus();
  }
  out << "taken: " << Printable(PolicyStatementInWords(*statement)) << "\n"
      << (!told        ? "no daemon runs here now; it goes by it when it starts\n"
          : holds.ok() ? "the daemon goes by it now\n"
                       : "the daemon was told\n");
  if (!holds.ok()) out << PrintableLines(absl::StrCat("NO JOB RUNS HERE: ", holds.message(), "\n"));
  return absl::OkStatus();
}

absl::Status ShowPolicy(const PolicyFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  ACCORD_ASSIGN_OR_RETURN(const auto charter, CharterOfPolicy(config));
  ACCORD_ASSIGN_OR_RETURN(const std::optional<std::string> text,
                          PolicyStore(StateFolder(config.state_dir()).PolicyFolder()).Text());
  nlohmann::json shown = nlohmann::json::object();
  std::string words = "no signed policy was ever taken here\n";
  if (text.has_value()) {
    const auto signed_policy = SignedPolicy::Parse(*text);
    const auto statement = signed_policy.ok() ? ParsePolicyStatement(signed_policy->bytes)
                                              : absl::StatusOr<PolicyStatement>(signed_policy.status());
    words = absl::StrCat("the signed policy is damaged: ", statement.status().message(), "\n");
    if (statement.ok()) {
      shown = PolicyToJson(*statement);
      words = absl::StrCat(PolicyStatementInWords(*statement), "\n");
      for (const std::string& signer :
           SignersOfPolicy(charter->charter(), charter->roster(), config.site(), *signed_policy)) {
        shown["signed_by"].push_back(signer);
        absl::StrAppend(&words, "  signed by ", signer, "\n");
      }
    }
  }
  shown["taken"] = nlohmann::json::array();
  for (const SignedPolicy& taken : PolicyStore(StateFolder(config.state_dir()).PolicyFolder()).Taken()) {
    const auto statement = ParsePolicyStatement(taken.bytes);
    if (!statement.ok()) continue;
    shown["taken"].push_back(PolicyToJson(*statement));
    absl::StrAppend(&words, "taken here: ", PolicyStatementInWords(*statement), "\n");
  }
  const absl::Status holds = PinnedCharter(config).Current().status();
  const bool asked = charter->charter().terms().has_site_policies();
  shown["asked_for"] = asked;
  shown["why_not_now"] = std::string(holds.message());
  if (options.json) {
    Print(shown, out);
    return absl::OkStatus();
  }
  if (!asked) absl::StrAppend(&words, "the charter asks for no signatures under a site's policy\n");
  absl::StrAppend(&words,
                  holds.ok() ? "this site goes by it\n" : absl::StrCat("NO JOB RUNS HERE: ", holds.message(), "\n"));
  out << PrintableLines(words);
  return absl::OkStatus();
}

}  // namespace accord
