#include "client/daemon/governance/stop_store.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "client/daemon/governance/count_files.h"
#include "trust/charter/seats.h"
#include "trust/charter/statement_lines.h"

namespace accord {

std::string StopStore::PathOf(const Sha256Digest& job) const { return absl::StrCat(folder_, "/", HexDigest(job)); }

std::optional<std::string> StopStore::WhyStopped(const Sha256Digest& job) const {
  const auto text = ReadFile(PathOf(job), kMaxStatementBytes + 256);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  // Without its path: the words go to the coordinator.
  const auto statement = text.ok() ? SignedStatement::Parse(*text)
                                   : absl::StatusOr<SignedStatement>(absl::DataLossError("it cannot be read"));
  const auto stop = statement.ok() ? ParseJobStop(statement->bytes) : absl::StatusOr<JobStop>(statement.status());
  if (stop.ok()) return StopInWords(*stop);
  return absl::StrCat("an ombudsman stopped this job, and the file that says so, stops/", HexDigest(job),
                      " in the site's state folder, is damaged (", stop.status().message(), "): it stays stopped");
}

absl::StatusOr<JobStop> StopStore::Keep(const ActiveCharter& charter, const SignedStatement& statement) const {
  ACCORD_ASSIGN_OR_RETURN(JobStop stop, CheckStop(charter.charter(), &charter.roster(), statement));
  const std::string path = PathOf(stop.job);
  if (access(path.c_str(), F_OK) == 0) return stop;
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder_, 0700));
  // Where nobody can count them a stop is kept all the same: it is worth more than the bound.
  if (const auto count = CountFiles(folder_); count.ok() && *count >= kMostStops) {
    return absl::ResourceExhaustedError(absl::StrCat(folder_, " holds ", kMostStops, " stops already"));
  }
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, statement.Text(), 0600));
  return stop;
}

}  // namespace accord
