#include "client/daemon/governance/release_store.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "trust/charter/release_check.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {

std::string ReleaseStore::PathOf(absl::string_view data_set) const { return absl::StrCat(folder_, "/", data_set); }

absl::StatusOr<std::optional<SignedStatement>> ReleaseStore::Find(absl::string_view data_set) const {
  // Of a name that is none there can be no file, and no path is made of it.
  if (!IsStatementName(data_set)) return std::nullopt;
  const std::string path = PathOf(data_set);
  const auto text = ReadFile(path, kMaxStatementBytes + 256);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  auto statement = text.ok() ? SignedStatement::Parse(*text) : absl::StatusOr<SignedStatement>(text.status());
  if (statement.ok()) return *std::move(statement);
  return absl::DataLossError(absl::StrCat("the release of ", data_set, " in the site's state folder is damaged (",
                                          statement.status().message(),
                                          "): take the owner's file again (accord-client release take FILE)"));
}

absl::StatusOr<std::vector<std::string>> ReleaseStore::DataSets() const {
  std::vector<std::string> data_sets;
  std::error_code error;
  std::filesystem::directory_iterator next(folder_, error);
  if (error == std::errc::no_such_file_or_directory) return data_sets;
  for (; !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    const std::string name = next->path().filename().string();
    if (IsStatementName(name)) data_sets.push_back(name);
  }
  if (error) return absl::UnavailableError(absl::StrCat("cannot look through ", folder_, ": ", error.message()));
  std::sort(data_sets.begin(), data_sets.end());
  return data_sets;
}

absl::StatusOr<Release> ReleaseStore::Keep(const Charter& charter, const Roster& roster, absl::string_view site,
                                           const SignedStatement& statement, absl::Time now) const {
  ACCORD_ASSIGN_OR_RETURN(Release release, CheckRelease(charter, roster, statement));
  if (release.site != site) {
    return absl::InvalidArgumentError(
        absl::StrCat("the release is for the site ", release.site, ", and this is ", site));
  }
  if (release.time > now + kMostSkew) {
    return absl::InvalidArgumentError(absl::StrCat("the release says that it was made at ", FormatUtc(release.time),
                                                   ", and it is ", FormatUtc(now), ": set the clock and sign it anew"));
  }
  const auto kept = Find(release.data_set);
  if (kept.ok() && kept->has_value()) {
    // The same release under a good signature mends a file that somebody damaged.
    const auto before = ParseRelease((*kept)->bytes);
    if ((*kept)->bytes != statement.bytes && before.ok() && before->time >= release.time) {
      return absl::FailedPreconditionError(absl::StrCat(
          "a release of ", release.data_set, " of ", FormatUtc(before->time), " was taken before, and this one is of ",
          FormatUtc(release.time), ": only a later one replaces it; have it signed anew"));
    }
  }
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder_, 0700));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(PathOf(release.data_set), statement.Text(), 0600));
  return release;
}

}  // namespace accord
