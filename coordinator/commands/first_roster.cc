#include "coordinator/commands/first_roster.h"

#include <sstream>

#include "base/file.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "proto/validation/config_validation.h"
#include "spdlog/spdlog.h"
#include "trust/roster/signed_roster.h"

namespace accord {
namespace {

constexpr size_t kFewestSites = 2;

bool HasSignatures(const std::string& path) {
  const auto text = ReadFile(path, kMaxSignedRosterBytes);
  if (!text.ok()) return false;
  const auto roster = SignedRoster::Parse(*text);
  // What is no roster is somebody's too.
  return !roster.ok() || roster->Examine().missing.size() < roster->roster()->sites().size();
}

}  // namespace

std::string FirstRoster::path() const { return ResolveBeside(config_path_, "roster.txt"); }

absl::StatusOr<bool> FirstRoster::IsDue() {
  ACCORD_ASSIGN_OR_RETURN(const auto published, store_.rosters().Latest());
  if (published != nullptr) return false;
  ACCORD_ASSIGN_OR_RETURN(const bool awaited, store_.members().AwaitsSites(clock_.Now()));
  if (awaited) return false;
  ACCORD_ASSIGN_OR_RETURN(const auto sites, store_.members().ListSites());
  return sites.size() >= kFewestSites && !HasSignatures(path());
}

void FirstRoster::SomebodyEnrolled() {
  const absl::MutexLock lock(&mutex_);
  const absl::StatusOr<bool> due = IsDue();
  if (due.ok() && !*due) return;
  RosterOptions options;
  options.config = config_path_;
  options.out = path();
  std::ostringstream words;
  const absl::Status drafted = due.ok() ? DraftRoster(options, words) : due.status();
  if (drafted.ok()) {
    spdlog::info(
        "all sites that were invited have enrolled; the first roster is drafted in {}: have each of them sign it",
        path());
  } else {
    spdlog::warn("the first roster is not drafted ({}); accord-coordinator roster draft does it",
                 std::string(drafted.message()));
  }
}

}  // namespace accord
