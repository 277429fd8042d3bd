#include "client/daemon/run/release_command.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "client/daemon/control/control_server.h"
#include "client/daemon/governance/pinned_charter.h"
#include "client/daemon/governance/release_store.h"
#include "client/daemon/run/daemon.h"
#include "client/daemon/state/state_folder.h"
#include "client/daemon/training/version_keeper.h"
#include "nlohmann/json.hpp"
#include "proto/validation/config_validation.h"
#include "trust/charter/release_check.h"
#include "trust/charter/signed_charter.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::Duration kReleasePatience = absl::Seconds(10);

std::string JsonText(const nlohmann::json& json) {
  return absl::StrCat(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace), "\n");
}

absl::StatusOr<std::shared_ptr<const ActiveCharter>> CharterOfReleases(const v1::SiteConfig& config) {
  ACCORD_ASSIGN_OR_RETURN(auto charter, PinnedCharter(config).Pinned());
  if (charter != nullptr) return charter;
  return absl::FailedPreconditionError(
      "this site has pinned no charter, which would say who is steward: accord-client charter pin FILE");
}

// Null: the release is of the charter that is pinned.
absl::StatusOr<std::shared_ptr<const Charter>> NextCharter(const ReleaseOptions& options, const Charter& pinned) {
  if (options.charter.empty()) return std::shared_ptr<const Charter>();
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.charter, kMaxSignedCharterBytes));
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, SignedCharter::Parse(text, options.charter));
  if (charter.charter()->hash() == pinned.hash()) return std::shared_ptr<const Charter>();
  return charter.charter();
}

nlohmann::json ReleaseToJson(const Release& release, const Sha256Digest& hash) {
  return {{"release", HexDigest(hash)},
          {"data_set", release.data_set},
          {"site", release.site},
          {"version", release.version.has_value() ? HexDigest(*release.version) : "any"},
          {"purposes", release.purposes},
          {"steward", release.steward},
          {"time", FormatUtc(release.time)},
          {"expires", FormatUtc(release.expires)}};
}

// What stands in the way of every job, whatever it is for; empty: nothing.
std::string WhyNotNow(const ActiveCharter& charter, const SignedStatement& statement, const Release& release,
                      VersionKeeper& versions) {
  if (release.purposes.empty()) return "withdrawn: nothing reads it";
  const absl::StatusOr<Sha256Digest> version =
      release.version.has_value() ? versions.LookNow(release.data_set) : absl::StatusOr<Sha256Digest>(Sha256Digest{});
  const ReleaseVerdict verdict =
      JudgeRelease(charter.charter(), charter.roster(), statement,
                   {release.site, release.data_set, release.purposes.front()}, version, absl::Now());
  return verdict.allowed() ? "" : verdict.reasons.front();
}

// Those that hold once another charter is pinned.
absl::Status AddThoseAhead(const ReleaseStore& store, const Charter& pinned, nlohmann::json& list, std::string& words) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> charters, store.ChartersAhead());
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> data_sets, store.DataSets());
  for (const std::string& charter : charters) {
    ACCORD_ASSIGN_OR_RETURN(const Sha256Digest hash, ParseHexDigest(charter));
    if (hash == pinned.hash()) continue;
    for (const std::string& data_set : data_sets) {
      const auto kept = store.Find(data_set, hash);
      if (!kept.ok() || !kept->has_value()) continue;  // told of above
      const auto release = ParseRelease((*kept)->bytes);
      if (!release.ok() || release->charter != hash) continue;
      nlohmann::json shown = ReleaseToJson(*release, ReleaseHash((*kept)->bytes));
      shown["ahead_for_charter"] = charter;
      list.push_back(std::move(shown));
      absl::StrAppend(&words, ReleaseInWords(*release), "\n  holds once the charter ", charter, " is pinned here\n");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowDataVersion(const ReleaseOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const auto& datasets = config.datasets();
  const bool known = std::any_of(datasets.begin(), datasets.end(),
                                 [&](const v1::SiteDataset& dataset) { return dataset.name() == options.data_set; });
  if (!known) {
    return absl::NotFoundError(absl::StrCat(options.config_path, " names no data set ", options.data_set));
  }
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<TrainerHost> host, MakeTrainerHost(config));
  VersionKeeper versions(config, {.hash = [&host](const std::string& data_set) { return host->HashData(data_set); }},
                         Clock::System());
  ACCORD_ASSIGN_OR_RETURN(const std::string text, versions.Find(options.data_set));
  ACCORD_ASSIGN_OR_RETURN(const DataVersion version, ParseDataVersion(text));
  if (options.json) {
    out << JsonText({{"data_set", options.data_set},
                     {"version", HexDigest(DataVersionHash(text))},
                     {"rows_hashed", version.rows_hashed},
                     {"text", text}});
    return absl::OkStatus();
  }
  out << options.data_set << " is the version " << HexDigest(DataVersionHash(text)) << "\n  of "
      << DataVersionInWords(version) << "\n"
      << text;
  return absl::OkStatus();
}

absl::Status TakeRelease(const ReleaseOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  const StateFolder folder(config.state_dir());
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const ActiveCharter> charter, CharterOfReleases(config));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Charter> next, NextCharter(options, charter->charter()));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxStatementBytes + 256));
  const auto statement = SignedStatement::Parse(text);
  if (!statement.ok()) return Annotate(statement.status(), options.file);
  const ReleaseStore store(folder.ReleaseFolder());
  const auto release = next == nullptr
                           ? store.Keep(charter->charter(), charter->roster(), config.site(), *statement, absl::Now())
                           : store.KeepAhead(*next, charter->roster(), config.site(), *statement, absl::Now());
  if (!release.ok()) return Annotate(release.status(), options.file);
  v1::ControlRequest request;
  request.mutable_orders_changed();
  const bool told = AskDaemon(folder.ControlSocket(), request, kReleasePatience).ok();
  if (options.json) {
    nlohmann::json taken = ReleaseToJson(*release, ReleaseHash(statement->bytes));
    taken["daemon_was_told"] = told;
    taken["ahead"] = next != nullptr;
    out << JsonText(taken);
    return absl::OkStatus();
  }
  out << "taken: " << Printable(ReleaseInWords(*release)) << "\n";
  if (next != nullptr) {
    out << "ahead: it holds once the charter " << HexDigest(next->hash())
        << " is pinned here, unless a later one is taken; until then nothing changes\n";
  } else {
    out << (told ? "the daemon goes by it now\n" : "no daemon runs here now; it goes by it when it starts\n");
  }
  return absl::OkStatus();
}

absl::Status ShowReleases(const ReleaseOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const v1::SiteConfig config, LoadSiteConfig(options.config_path));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const ActiveCharter> charter, CharterOfReleases(config));
  const ReleaseStore store(StateFolder(config.state_dir()).ReleaseFolder());
  VersionKeeper versions(config, VersionKeeper::Options(), Clock::System());
  nlohmann::json list = nlohmann::json::array();
  std::string words;
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> data_sets, store.DataSets());
  for (const std::string& data_set : data_sets) {
    const auto kept = store.Find(data_set, charter->charter().hash());
    if (kept.ok() && !kept->has_value()) continue;
    const auto release = kept.ok() ? ParseRelease((*kept)->bytes) : absl::StatusOr<Release>(kept.status());
    if (!release.ok()) {
      list.push_back({{"data_set", data_set}, {"fault", std::string(release.status().message())}});
      absl::StrAppend(&words, data_set, ": NOTHING READS IT: ", release.status().message(), "\n");
      continue;
    }
    const std::string why = WhyNotNow(*charter, **kept, *release, versions);
    nlohmann::json shown = ReleaseToJson(*release, ReleaseHash((*kept)->bytes));
    shown["why_not_now"] = why;
    list.push_back(std::move(shown));
    absl::StrAppend(&words, ReleaseInWords(*release), "\n  ",
                    why.empty() ? "holds now" : absl::StrCat("NOT NOW: ", why), "\n");
  }
  ACCORD_RETURN_IF_ERROR(AddThoseAhead(store, charter->charter(), list, words));
  if (options.json) {
    out << JsonText(list);
  } else {
    out << (words.empty() ? "no release was taken here: data sets are read as charter, policy and config let them\n"
                          : PrintableLines(words));
  }
  return absl::OkStatus();
}

}  // namespace accord
