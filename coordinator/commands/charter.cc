#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "coordinator/commands/commands.h"
#include "coordinator/commands/opened_log.h"
#include "coordinator/governance/charter_in_force.h"
#include "coordinator/store/charter_store.h"
#include "coordinator/store/roster_store.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/signed_charter.h"

namespace accord {
namespace {

absl::StatusOr<SignedCharter> ReadCharterFile(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedCharterBytes));
  return SignedCharter::Parse(text, path);
}

absl::StatusOr<std::shared_ptr<const Roster>> RosterInForce(Database& database) {
  ACCORD_ASSIGN_OR_RETURN(const auto in_force, RosterStore(database).Latest());
  if (in_force != nullptr) return in_force->roster;
  return absl::FailedPreconditionError(
      "no roster is in force, and a charter is held against the keys of one: accord-coordinator roster draft begins "
      "it");
}

void SayInForce(const Charter& charter, std::ostream& out) {
  out << "in force: " << CharterName(charter) << ", hash " << HexDigest(charter.hash()) << "\n";
}

}  // namespace

absl::Status PublishCharter(const CharterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharterFile(options.file));
  std::shared_ptr<const Charter> former;
  if (!options.former.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const SignedCharter before, ReadCharterFile(options.former));
    former = before.charter();
  }
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, RosterInForce(*opened.database));
  CharterStore charters(*opened.database, opened.log.get());
  ACCORD_ASSIGN_OR_RETURN(const auto before, charters.Latest());
  ACCORD_RETURN_IF_ERROR(charters.Publish(charter, former, roster, Clock::System().Now()));
  SayInForce(*charter.charter(), out);
  if (before == nullptr) {
    out << "From now on a job needs an order that its engineer has signed (accord order write), and the approvals that "
           "the charter asks for. Each site pins the charter itself: accord-client charter pin FILE\n";
  } else if (before->file->charter()->hash() != charter.charter()->hash()) {
    out << "Jobs that wait or run under " << CharterName(*before->file->charter())
        << " end, since their orders name it: have them ordered anew. Each site pins the new one itself: accord-client "
           "charter pin FILE\n";
  }
  return absl::OkStatus();
}

absl::Status ShowPublishedCharter(const CharterOptions& options, std::ostream& out) {
  ACCORD_ASSIGN_OR_RETURN(const OpenedLog opened, OpenFederationLog(options.config));
  RosterStore rosters(*opened.database);
  CharterStore charters(*opened.database);
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, CharterInForce(rosters, charters).Current());
  if (state->charter == nullptr) {
    return absl::NotFoundError("no charter is published, and jobs run without orders: accord charter draft begins one");
  }
  const Charter& charter = *state->charter->file->charter();
  SayInForce(charter, out);
  out << "published " << absl::FormatTime("%Y-%m-%d %H:%M UTC", state->charter->published, absl::UTCTimeZone()) << "\n";
  if (!state->active.has_value()) out << "NO JOB RUNS UNDER IT: " << state->why_not_active << "\n";
  out << "\n" << DescribeCharter(charter);
  if (state->roster != nullptr) {
    out << "\n"
        << DescribeFindings(
               ExamineCharter(*state->charter->file, *state->roster->roster, state->charter->former.get()));
  }
  return absl::OkStatus();
}

}  // namespace accord
