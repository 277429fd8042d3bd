#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/opened_log.h"
#include "coordinator/governance/charter_in_force.h"
#include "coordinator/store/charter_store.h"
#include "coordinator/store/database.h"
#include "coordinator/store/members.h"
#include "coordinator/store/roster_store.h"
#include "coordinator/store/store.h"
#include "proto/validation/config_validation.h"
#include "trust/roster/roster_words.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr char kDefaultFederation[] = "Accord federation";

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const std::string& config_path) {
  ACCORD_ASSIGN_OR_RETURN(const v1::CoordinatorConfig config, LoadCoordinatorConfig(config_path));
  return Database::Open(DatabasePath(config.state_dir()));
}

// The records of `wanted`, or of all where none is named.
absl::StatusOr<std::vector<SiteRecord>> Chosen(Database& database, const std::vector<std::string>& wanted) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<SiteRecord> all, Members(database).ListSites());
  if (all.empty()) {
    return absl::FailedPreconditionError("no site is enrolled yet: give out tokens (accord-coordinator token site ID)");
  }
  if (wanted.empty()) return all;
  std::vector<SiteRecord> chosen;
  std::vector<std::string> unknown;
  for (const std::string& id : wanted) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const SiteRecord& site) { return site.id == id; });
    if (found == all.end()) {
      unknown.push_back(id);
    } else {
      chosen.push_back(*found);
    }
  }
  if (unknown.empty()) return chosen;
  return absl::FailedPreconditionError(absl::StrCat("not enrolled: ", absl::StrJoin(unknown, ", ")));
}

absl::StatusOr<std::vector<RosterEntry>> Entries(const std::vector<SiteRecord>& sites) {
  std::vector<RosterEntry> entries;
  std::vector<std::string> keyless;
  for (const SiteRecord& site : sites) {
    if (site.public_key_der.empty()) keyless.push_back(site.id);
    entries.push_back({site.id, site.organisation, site.public_key_der});
  }
  if (keyless.empty()) return entries;
  return absl::FailedPreconditionError(
      absl::StrCat("no key is on record of ", absl::StrJoin(keyless, ", "),
                   ": enrolled before the coordinator kept keys. Give each a new token and have it enrol again "
                   "(accord-client enroll --force), or leave it out by naming the others with --site"));
}

absl::StatusOr<std::string> FederationName(const RosterOptions& options, Database& database) {
  if (!options.federation.empty()) return options.federation;
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, RosterStore(database).Latest());
  return in_force == nullptr ? std::string(kDefaultFederation) : in_force->roster->federation();
}

absl::StatusOr<SignedRoster> ReadAndMerge(const std::vector<std::string>& files) {
  std::optional<SignedRoster> merged;
  for (const std::string& path : files) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedRosterBytes));
    auto roster = SignedRoster::Parse(text);
    if (!roster.ok()) return Annotate(roster.status(), path);
    if (merged.has_value()) {
      ACCORD_RETURN_IF_ERROR(Annotate(merged->MergeFrom(*roster), path));
    } else {
      merged = *std::move(roster);
    }
  }
  if (!merged.has_value()) return absl::InvalidArgumentError("name the roster's file");
  return *std::move(merged);
}

// A site that has enrolled anew since will not go by this roster.
absl::Status WarnOfOtherKeys(Database& database, const Roster& roster, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<SiteRecord> sites, Members(database).ListSites());
  for (const SiteRecord& site : sites) {
    const RosterSite* listed = roster.Find(site.id);
    if (listed == nullptr || site.public_key_der.empty() || listed->public_key_der == site.public_key_der) continue;
    out << "warning: site " << site.id << " has enrolled anew with another key since this roster was drafted, and will "
        << "take part in no secure job under it; draft it again\n";
  }
  return absl::OkStatus();
}

// A charter has the signatures of a roster's sites: of another roster it may lack some.
absl::Status WarnOfCharter(Database& database, std::ostream& out) {
  RosterStore rosters(database);
  CharterStore charters(database);
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, CharterInForce(rosters, charters).Current());
  if (state->charter != nullptr && !state->active.has_value()) {
    out << "warning: no job runs under the charter any more: " << state->why_not_active << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status DraftRoster(const RosterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, OpenDatabase(options.config));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<SiteRecord> sites, Chosen(*database, options.sites));
  ACCORD_ASSIGN_OR_RETURN(std::vector<RosterEntry> entries, Entries(sites));
  ACCORD_ASSIGN_OR_RETURN(const std::string federation, FederationName(options, *database));
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, Roster::Write(federation, std::move(entries)));
  ACCORD_ASSIGN_OR_RETURN(Roster roster, Roster::Parse(std::move(bytes)));
  const SignedRoster draft(std::move(roster));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, draft.Text()));
  out << DescribeRoster(draft) << "\nwrote " << options.out << ". Next:\n"
      << "  each site    accord-client roster sign " << options.out
      << "    (after its officer has compared organisations and keys with the other sites)\n"
      << "  then here    accord-coordinator roster publish " << options.out << " --config " << options.config << "\n"
      << "Files that sites have signed apart may be given to publish together.\n";
  return absl::OkStatus();
}

absl::Status PublishRoster(const RosterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const SignedRoster roster, ReadAndMerge(options.files));
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_RETURN_IF_ERROR(RosterStore(*opened.database, opened.log.get()).Publish(roster, Clock::System().Now()));
  ACCORD_RETURN_IF_ERROR(WarnOfOtherKeys(*opened.database, *roster.roster(), out));
  ACCORD_RETURN_IF_ERROR(WarnOfCharter(*opened.database, out));
  out << "in force: " << roster.roster()->federation() << ", " << RosterSize(*roster.roster()) << ", hash "
      << HexDigest(roster.roster()->hash()) << "\n"
      << "A running coordinator sends it to the sites by itself, at the latest with the next job.\n";
  return absl::OkStatus();
}

absl::Status ShowPublishedRoster(const RosterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, OpenDatabase(options.config));
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, RosterStore(*database).Latest());
  if (in_force == nullptr) {
    return absl::NotFoundError("no roster is in force: accord-coordinator roster draft begins one");
  }
  ACCORD_ASSIGN_OR_RETURN(const SignedRoster roster, SignedRoster::Parse(in_force->signed_text));
  out << DescribeRoster(roster) << "published "
      << absl::FormatTime("%Y-%m-%d %H:%M UTC", in_force->published, absl::UTCTimeZone()) << "\n";
  return absl::OkStatus();
}

}  // namespace accord
