#include "coordinator/store/federation_log.h"

#include <utility>

#include "base/file.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "base/status.h"
#include "trust/charter/utc_time.h"
#include "trust/identity/key_pair.h"
#include "trust/log/log_head.h"

namespace accord {
namespace {

constexpr size_t kMaxLogKeyBytes = size_t{64} << 10;
constexpr int kLogKeyMode = 0600;

std::string LogKeyFile(const std::string& state_dir) { return absl::StrCat(state_dir, "/log.key"); }

// NOT_FOUND: there is no such file.
absl::StatusOr<KeyPairSigner> ReadLogKey(const std::string& state_dir) {
  ACCORD_ASSIGN_OR_RETURN(const PrivateFile file, ReadPrivateFile(LogKeyFile(state_dir), kMaxLogKeyBytes));
  const auto key = KeyPair::FromPem(file.content);
  if (!key.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(LogKeyFile(state_dir), ": ", key.status().message(),
                                                      "; put the log's key back from the backup of state_dir"));
  }
  return KeyPairSigner::Create(*key);
}

absl::StatusOr<KeyPairSigner> MakeLogKey(const std::string& state_dir) {
  ACCORD_ASSIGN_OR_RETURN(const KeyPair key, KeyPair::Generate());
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes pem, key.ToPem());
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(LogKeyFile(state_dir), pem.RevealAsText(), kLogKeyMode));
  return KeyPairSigner::Create(key);
}

absl::Status KeyIsGone(const std::string& state_dir) {
  return absl::FailedPreconditionError(
      absl::StrCat(LogKeyFile(state_dir),
                   " is gone, and without it this federation's log cannot go on; put it back "
                   "from the backup of state_dir"));
}

// The project of the log that is there; empty: none is.
absl::StatusOr<std::string> LoggedProject(Database& database) {
  std::string project;
  ACCORD_RETURN_IF_ERROR(database.Read("look for a log in", [&project](soci::session& sql) {
    soci::rowset<std::string> found = (sql.prepare << "SELECT project FROM logs ORDER BY log LIMIT 1");
    for (const std::string& first : found) project = first;
    return absl::OkStatus();
  }));
  return project;
}

// `logged`: of LoggedProject.
absl::Status CheckProject(const std::string& project, const std::string& logged, const std::string& state_dir) {
  if (logged.empty() || logged == project) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the log in ", state_dir, " is of project ", logged, ", as its first entry says for ever, and not of ", project,
      ": say project: ", logged, " in coordinator.yaml, or make a new folder for ", project,
      " (accord-coordinator init --project ", project, ")"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<FederationLog>> FederationLog::Begin(KeyPairSigner signer, const std::string& project,
                                                                    Database& database, Clock& clock) {
  ACCORD_ASSIGN_OR_RETURN(LogIdentity identity, LogStore(database, signer).Begin(project, clock.Now()));
  return std::unique_ptr<FederationLog>(new FederationLog(std::move(signer), std::move(identity), database, clock));
}

absl::StatusOr<std::unique_ptr<FederationLog>> FederationLog::OpenOrBegin(const std::string& state_dir,
                                                                          Database& database, Clock& clock,
                                                                          const std::string& project) {
  ACCORD_ASSIGN_OR_RETURN(const std::string logged, LoggedProject(database));
  ACCORD_RETURN_IF_ERROR(CheckProject(project, logged, state_dir));
  auto signer = ReadLogKey(state_dir);
  if (absl::IsNotFound(signer.status())) {
    if (!logged.empty()) return KeyIsGone(state_dir);
    signer = MakeLogKey(state_dir);
  }
  ACCORD_RETURN_IF_ERROR(signer.status());
  return Begin(*std::move(signer), project, database, clock);
}

absl::StatusOr<std::unique_ptr<FederationLog>> FederationLog::Open(const std::string& state_dir, Database& database,
                                                                   Clock& clock, const std::string& project) {
  auto signer = ReadLogKey(state_dir);
  ACCORD_ASSIGN_OR_RETURN(const std::string logged, LoggedProject(database));
  ACCORD_RETURN_IF_ERROR(CheckProject(project, logged, state_dir));
  if (absl::IsNotFound(signer.status()) && !logged.empty()) return KeyIsGone(state_dir);
  if (absl::IsNotFound(signer.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("this federation has no log yet: its state_dir, ", state_dir,
                     ", was made by an older version; start accord-coordinator run once with this version"));
  }
  ACCORD_RETURN_IF_ERROR(signer.status());
  return Begin(*std::move(signer), project, database, clock);
}

absl::Status FederationLog::HoldClock(bool after_gap) {
  ACCORD_ASSIGN_OR_RETURN(const SignedLogHead signed_head, rows_.LastHead(project()));
  ACCORD_ASSIGN_OR_RETURN(const LogHead head, ParseLogHead(signed_head.bytes));
  const absl::Time last = absl::FromUnixMicros(static_cast<int64_t>(head.unix_us));
  const absl::Time now = clock_.Now();
  if (now > last + kLongestUnlogged && !after_gap) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the federation's log was last added to at ", FormatUtc(last), ", and by this machine's clock it is ",
        FormatUtc(now),
        ": an entry by a wrong clock cannot be taken back, and sites would take nothing until that date. Look at the "
        "clock; where it is right, start once with --after-gap"));
  }
  clock_ahead_ = now - absl::UnixEpoch() - clock_.Monotonic();
  return absl::OkStatus();
}

absl::Status FederationLog::AppendIn(soci::session& sql, absl::Span<const LogDraft> drafts) {
  if (clock_ahead_.has_value()) {
    const absl::Time now = clock_.Now();
    if (now - absl::UnixEpoch() - clock_.Monotonic() > *clock_ahead_ + kLongestUnlogged) {
      return absl::FailedPreconditionError(
          absl::StrCat("the federation's log takes nothing: this machine's clock says ", FormatUtc(now),
                       ", and was set ahead by more than ", absl::FormatDuration(kLongestUnlogged),
                       " since the coordinator was started. Set it right; where it is right now, start the coordinator "
                       "again with --after-gap"));
    }
  }
  return Annotate(rows_.AppendIn(sql, project(), drafts, clock_.Now()).status(),
                  "the federation's log does not take it");
}

}  // namespace accord
