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

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const std::string& config_path) {
  ACCORD_ASSIGN_OR_RETURN(const v1::CoordinatorConfig config, LoadCoordinatorConfig(config_path));
  return Database::Open(DatabasePath(config.state_dir()));
}

absl::StatusOr<SignedRoster> ReadAndMerge(const std::vector<std::string>& files, const Roster* previous) {
  std::optional<SignedRoster> merged;
  for (const std::string& path : files) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedRosterBytes));
    auto roster = SignedRoster::Parse(text);
    if (!roster.ok()) return Annotate(roster.status(), path);
    if (merged.has_value()) {
      ACCORD_RETURN_IF_ERROR(Annotate(merged->MergeFrom(*roster, previous), path));
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

absl::Status PublishRoster(const RosterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(const auto before, RosterStore(*opened.database).Latest());
  ACCORD_ASSIGN_OR_RETURN(const SignedRoster roster,
                          ReadAndMerge(options.files, before == nullptr ? nullptr : before->roster.get()));
  ACCORD_RETURN_IF_ERROR(RosterStore(*opened.database, opened.log.get()).Publish(roster, Clock::System().Now()));
  ACCORD_RETURN_IF_ERROR(WarnOfOtherKeys(*opened.database, *roster.roster(), out));
  ACCORD_RETURN_IF_ERROR(WarnOfCharter(*opened.database, out));
  out << "in force: " << roster.roster()->federation() << ", " << RosterInShort(*roster.roster()) << ", hash "
      << HexDigest(roster.roster()->hash()) << "\n"
      << "A running coordinator sends it to the sites by itself, at the latest with the next job.\n";
  return absl::OkStatus();
}

absl::Status RosterStatus(const RosterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, OpenDatabase(options.config));
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, RosterStore(*database).Latest());
  const Roster* before = in_force == nullptr ? nullptr : in_force->roster.get();
  ACCORD_ASSIGN_OR_RETURN(const SignedRoster roster, ReadAndMerge(options.files, before));
  out << DescribeRoster(roster, before);
  if (before != nullptr && before->hash() != roster.roster()->hash()) {
    out << "What would change:\n";
    for (const std::string& line : RosterDifferences(*before, *roster.roster())) out << "  " << line << "\n";
  }
  if (options.out.empty()) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, roster.Text()));
  out << "wrote " << options.out << " with the signatures of all files\n";
  return absl::OkStatus();
}

absl::Status ShowPublishedRoster(const RosterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<Database> database, OpenDatabase(options.config));
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, RosterStore(*database).Latest());
  if (in_force == nullptr) {
    return absl::NotFoundError("no roster is in force: accord-coordinator roster draft begins one");
  }
  ACCORD_ASSIGN_OR_RETURN(const SignedRoster roster, SignedRoster::Parse(in_force->signed_text));
  std::shared_ptr<const PublishedRoster> before;
  if (const auto& previous = roster.roster()->previous(); previous.has_value()) {
    ACCORD_ASSIGN_OR_RETURN(before, RosterStore(*database).OfHash(*previous));
  }
  out << DescribeRoster(roster, before == nullptr ? nullptr : before->roster.get()) << "published "
      << absl::FormatTime("%Y-%m-%d %H:%M UTC", in_force->published, absl::UTCTimeZone()) << "\n";
  return absl::OkStatus();
}

}  // namespace accord
