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
#include "client/daemon/run/running_rules.h"
#include "client/daemon/state/state_folder.h"
#include "nlohmann/json.hpp"
#include "proto/validation/config_validation.h"
#include "trust/charter/policy_check.h"
#include "trust/charter/site_policy.h"
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

// Is what the config names what was signed, and does it hold? Asked before it is taken: from then on the site goes by
// that text and by no other, and every job would be refused.
absl::Status CheckIsAtHand(const v1::SiteConfig& config, const std::string& config_path, const Charter& charter,
                           const PolicyStatement& statement) {
  constexpr char kNothing[] = "nothing was taken: ";
  const std::string& path = config.policy();
  if (!statement.policy.has_value()) {
    if (path.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(kNothing, "people signed that this site has no policy, and ", config_path, " names one, ", path,
                     ": take the line `policy` out, take this again, and restart the daemon where one runs"));
  }
  if (path.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(kNothing, config_path, " does not name the file that was signed as this site's policy. Write\n",
                     "policy: policy.yaml\ninto it, with the file's own name, as seen from ", config_path,
                     "; take this again; and then restart the daemon where one runs"));
  }
  const auto text = ReadFile(path, kMaxPolicyBytes);
  if (!text.ok()) return Annotate(text.status(), absl::StrCat(kNothing, "this site's policy"));
  if (PolicyTextHash(*text) != *statement.policy) {
    return absl::FailedPreconditionError(
        absl::StrCat(kNothing, path, ", which ", config_path, " names as policy, is another text than was signed (",
                     PolicyStatementInWords(statement),
                     "): put the signed text there, or have this one signed (accord policy sign)"));
  }
  return Annotate(SitePolicy::Parse(*text, path, charter, config.site()).status(),
                  absl::StrCat(kNothing, "the policy does not hold under the charter that is pinned"));
}

}  // namespace

absl::Status TakePolicy(const PolicyFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const auto charter, CharterOfPolicy(config));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxSignedPolicyBytes));
  const auto signed_policy = SignedPolicy::Parse(text);
  if (!signed_policy.ok()) return Annotate(signed_policy.status(), options.file);
  const auto said = CheckSignedPolicy(charter->charter(), charter->roster(), config.site(), *signed_policy);
  if (!said.ok()) return Annotate(said.status(), options.file);
  ACCORD_RETURN_IF_ERROR(CheckIsAtHand(config, options.config_path, charter->charter(), *said));
  const auto statement = PolicyStore(folder.PolicyFolder())
                             .Keep(charter->charter(), charter->roster(), config.site(), *signed_policy, absl::Now());
  if (!statement.ok()) return Annotate(statement.status(), options.file);
  v1::ControlRequest request;
  request.mutable_orders_changed();
  const auto told = AskDaemon(folder.ControlSocket(), request, kPolicyPatience);
  const absl::Status holds = PinnedCharter(config).Current().status();
  const std::string differs = told.ok() ? WhyDaemonDiffers(config, told->status(), holds.ok()) : "";
  if (options.json) {
    nlohmann::json taken = PolicyToJson(*statement);
    taken["daemon_was_told"] = told.ok();
    taken["why_not_now"] = holds.ok() ? differs : std::string(holds.message());
    Print(taken, out);
    return absl::OkStatus();
  }
  out << "taken: " << Printable(PolicyStatementInWords(*statement)) << "\n"
      << (!told.ok()                      ? "no daemon runs here now; it goes by it when it starts\n"
          : holds.ok() && differs.empty() ? "the daemon goes by it now\n"
                                          : "the daemon was told\n");
  if (!differs.empty()) out << PrintableLines(absl::StrCat("NOT YET: ", differs, "\n"));
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
  const std::string differs = holds.ok() ? WhyRunningDaemonDiffers(config) : "";
  const bool asked = charter->charter().terms().has_site_policies();
  shown["asked_for"] = asked;
  shown["why_not_now"] = holds.ok() ? differs : std::string(holds.message());
  if (options.json) {
    Print(shown, out);
    return absl::OkStatus();
  }
  if (!asked) absl::StrAppend(&words, "the charter asks for no signatures under a site's policy\n");
  absl::StrAppend(&words, !holds.ok()       ? absl::StrCat("NO JOB RUNS HERE: ", holds.message(), "\n")
                          : differs.empty() ? "this site goes by it\n"
                                            : absl::StrCat("NOT YET: ", differs, "\n"));
  out << PrintableLines(words);
  return absl::OkStatus();
}

}  // namespace accord
