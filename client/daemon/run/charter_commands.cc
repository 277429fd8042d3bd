#include "client/daemon/run/charter_commands.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/governance/charter_pin.h"
#include "client/daemon/governance/joint_parents.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/release_store.h"
#include "client/daemon/run/lapsing_releases.h"
#include "client/daemon/state/state_folder.h"
#include "nlohmann/json.hpp"
#include "proto/validation/config_validation.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/site_policy.h"

namespace accord {
namespace {

constexpr absl::Duration kPinPatience = absl::Seconds(10);

absl::StatusOr<SignedCharter> ReadCharterFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedCharterBytes));
  return SignedCharter::Parse(text, path);
}

// A charter of this site's, with what its signatures are checked against.
struct CharterAtSite {
  v1::SiteConfig config;
  StateFolder folder;
  SignedCharter charter;
  std::optional<SignedCharter> former;
  absl::StatusOr<std::shared_ptr<const Roster>> roster;

  const Charter* former_charter() const { return former.has_value() ? former->charter().get() : nullptr; }
};

absl::StatusOr<CharterAtSite> ReadAtSite(const CharterFileOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(v1::SiteConfig config, LoadSiteConfig(options.config_path));
  StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const std::string pin, ReadCharterPin(folder, ""));
  if (options.file.empty() && pin.empty()) {
    return absl::NotFoundError("no charter is pinned here; say the file of the one to look at");
  }
  ACCORD_ASSIGN_OR_RETURN(SignedCharter charter,
                          options.file.empty() ? ReadKeptCharter(folder, pin) : ReadCharterFile(options.file));
  std::optional<SignedCharter> former;
  if (options.former.empty()) {
    former = FormerOf(folder, *charter.charter());
  } else {
    ACCORD_ASSIGN_OR_RETURN(former, ReadCharterFile(options.former));
  }
  auto roster = PinnedRosterOf(folder, config);
  return CharterAtSite{std::move(config), std::move(folder), std::move(charter), std::move(former), std::move(roster)};
}

std::string ChangesInWords(const StateFolder& folder, const std::string& pin, const Charter& charter) {
  const auto pinned = ReadKeptCharter(folder, pin);
  if (!pinned.ok()) return absl::StrCat("What would change cannot be said: ", pinned.status().message(), ".\n");
  std::string text = absl::StrCat("What would change:\n  ",
                                  absl::StrJoin(CharterDifferences(*pinned->charter(), charter), "\n  "), "\n");
  const std::vector<std::string> loosened = LoosenedBy(*pinned->charter(), charter);
  if (!loosened.empty()) absl::StrAppend(&text, "What it makes weaker:\n  ", absl::StrJoin(loosened, "\n  "), "\n");
  return text;
}

std::string CharterPinInWords(const CharterAtSite& at) {
  const auto pin = ReadCharterPin(at.folder, at.config.charter_sha256());
  if (!pin.ok()) return absl::StrCat(pin.status().message(), "\n");
  if (pin->empty()) return "This site has pinned no charter yet.\n";
  const Charter& charter = *at.charter.charter();
  if (*pin == HexDigest(charter.hash())) return "It is the charter that this site has pinned.\n";
  return absl::StrCat("This site has pinned ANOTHER charter, ", *pin, ".\n", ChangesInWords(at.folder, *pin, charter));
}

// Of the releases that were taken here, where the roster says whose sites they are of.
std::vector<std::string> LapsingUnder(const CharterAtSite& at) {
  if (!at.roster.ok()) return {};
  return LapsingReleases(at.folder, *at.charter.charter(), **at.roster);
}

nlohmann::json CharterToJson(const CharterAtSite& at, const CharterFindings& findings) {
  const v1::Charter& terms = at.charter.charter()->terms();
  const auto pin = ReadCharterPin(at.folder, at.config.charter_sha256());
  const std::string hash = HexDigest(at.charter.charter()->hash());
  return {{"name", terms.name()},
          {"version", terms.version()},
          {"hash", hash},
          {"not_before", terms.not_before()},
          {"expires", terms.expires()},
          {"signed_by", findings.signed_by},
          {"bad_signatures", findings.bad},
          {"lacking", findings.lacking},
          {"warnings", findings.warnings},
          {"active", findings.lacking.empty() && at.roster.ok()},
          {"pinned_here", pin.ok() && *pin == hash},
          {"lapsing_releases", LapsingUnder(at)}};
}

absl::Status CheckPolicyAgainst(const CharterAtSite& at) {
  if (at.config.policy().empty()) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(at.config.policy(), kMaxPolicyBytes));
  return Annotate(
      SitePolicy::Parse(text, at.config.policy(), *at.charter.charter(), at.config.site()).status(),
      "this site's policy does not go with the charter: mend it first (or take the line policy out of the config)");
}

}  // namespace

absl::Status ShowCharter(const CharterFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const CharterAtSite at, ReadAtSite(options));
  CharterFindings findings;
  if (at.roster.ok()) {
    findings = ExamineCharter(at.charter, **at.roster, at.former_charter());
  } else {
    findings.lacking.push_back(std::string(at.roster.status().message()));
  }
  if (options.json) {
    out << CharterToJson(at, findings).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return absl::OkStatus();
  }
  out << PrintableLines(absl::StrCat(DescribeCharter(*at.charter.charter()), DescribeFindings(findings),
                                     CharterPinInWords(at), LapsingInWords(LapsingUnder(at))));
  return absl::OkStatus();
}

absl::Status PinCharterFile(const CharterFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const CharterAtSite at, ReadAtSite(options));
  ACCORD_RETURN_IF_ERROR(at.roster.status());
  ACCORD_ASSIGN_OR_RETURN(const ActiveCharter active,
                          ActiveCharter::Create(at.charter, *at.roster, at.former_charter()));
  ACCORD_RETURN_IF_ERROR(JointParents(at.config, Clock::System()).Check(&active));
  const Charter& charter = *at.charter.charter();
  const std::string hash = HexDigest(charter.hash());
  const std::string& config_hash = at.config.charter_sha256();
  if (!config_hash.empty() && config_hash != hash) {
    return absl::FailedPreconditionError(absl::StrCat(options.config_path, " says charter_sha256: ", config_hash,
                                                      ", and this charter is ", hash, "; mend the config first"));
  }
  const auto pin = ReadCharterPin(at.folder, "");
  const bool other = !pin.ok() || (!pin->empty() && *pin != hash);
  if (other && !options.replace) {
    return absl::FailedPreconditionError(absl::StrCat("nothing was changed: ", CharterPinInWords(at),
                                                      LapsingInWords(LapsingUnder(at)),
                                                      "If that is meant, say --replace."));
  }
  ACCORD_RETURN_IF_ERROR(CheckPolicyAgainst(at));
  if (at.former.has_value()) ACCORD_RETURN_IF_ERROR(KeepCharter(at.folder, *at.former));
  ACCORD_RETURN_IF_ERROR(PinCharter(at.folder, at.charter));
  ACCORD_RETURN_IF_ERROR(ReleaseStore(at.folder.ReleaseFolder()).ComeIntoForce(charter.hash()));
  v1::ControlRequest request;
  request.mutable_orders_changed();
  // Where no daemon runs, or it does not answer, it finds the charter by itself.
  AskDaemon(at.folder.ControlSocket(), request, kPinPatience).status().IgnoreError();
  out << PrintableLines(DescribeCharter(charter)) << "\npinned " << hash << " in " << at.folder.path()
      << ": no job runs at this site that this charter does not allow\n"
      << PrintableLines(LapsingInWords(LapsingUnder(at)));
  // Of a policy that has to be signed first, for one.
  const absl::Status rules = PinnedCharter(at.config).Current().status();
  if (!rules.ok()) out << PrintableLines(absl::StrCat("NO JOB RUNS HERE YET: ", rules.message(), "\n"));
  return absl::OkStatus();
}

absl::Status ForgetCharter(const CharterFileOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  if (!config.charter_sha256().empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        options.config_path, " says charter_sha256: ", config.charter_sha256(), "; take that line out first"));
  }
  ACCORD_RETURN_IF_ERROR(ForgetCharterPin(folder));
  // As where the config demands one, or a signed policy would be left behind.
  const absl::Status rules = PinnedCharter(config).Current().status();
  out << "no charter is pinned in " << folder.path() << " any more: "
      << (rules.ok() ? "this site goes by its own configuration alone\n"
                     : PrintableLines(absl::StrCat("NO JOB RUNS HERE: ", rules.message(), "\n")));
  return absl::OkStatus();
}

}  // namespace accord
