#include "client/daemon/governance/release_store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/folder_lock.h"
#include "base/hash.h"
#include "base/status.h"
#include "trust/charter/release_check.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {

namespace {

// Names in a folder that are such; none where there is no folder.
absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& folder, bool (*is_one)(absl::string_view)) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator next(folder, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  for (; !error && next != std::filesystem::directory_iterator(); next.increment(error)) {
    std::string name = next->path().filename().string();
    if (is_one(name)) names.push_back(std::move(name));
  }
  if (error) return absl::UnavailableError(absl::StrCat("cannot look through ", folder, ": ", error.message()));
  std::sort(names.begin(), names.end());
  return names;
}

// Longer than the name of any data set.
bool IsCharterHash(absl::string_view name) { return IsHexDigest(name); }

}  // namespace

std::string ReleaseStore::PathOf(absl::string_view data_set) const { return absl::StrCat(folder_, "/", data_set); }

std::string ReleaseStore::FolderAhead(absl::string_view charter_hex) const {
  return absl::StrCat(folder_, "/", charter_hex);
}

absl::StatusOr<std::optional<SignedStatement>> ReleaseStore::FindIn(const std::string& folder,
                                                                    absl::string_view data_set) const {
  // Of a name that is none there can be no file, and no path is made of it.
  if (!IsStatementName(data_set)) return std::nullopt;
  const auto text = ReadFile(absl::StrCat(folder, "/", data_set), kMaxStatementBytes + 256);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  // Without its path: the words go to the coordinator.
  auto statement = text.ok() ? SignedStatement::Parse(*text)
                             : absl::StatusOr<SignedStatement>(absl::DataLossError("it cannot be read"));
  if (statement.ok()) return *std::move(statement);
  return absl::DataLossError(absl::StrCat("the release of ", data_set, " in the site's state folder is damaged (",
                                          statement.status().message(),
                                          "): take the owner's file again (accord-client release take FILE)"));
}

absl::StatusOr<std::optional<SignedStatement>> ReleaseStore::Find(absl::string_view data_set,
                                                                  const Sha256Digest& charter) const {
  ACCORD_ASSIGN_OR_RETURN(auto latest, FindIn(folder_, data_set));
  ACCORD_ASSIGN_OR_RETURN(auto ahead, FindIn(FolderAhead(HexDigest(charter)), data_set));
  if (!ahead.has_value() || !latest.has_value()) return latest.has_value() ? latest : ahead;
  const auto latest_release = ParseRelease(latest->bytes);
  const auto ahead_release = ParseRelease(ahead->bytes);
  // One that is no release is shown as what it is: nothing is read by it.
  const bool counts = latest_release.ok() && ahead_release.ok() && ahead_release->time > latest_release->time;
  return counts ? ahead : latest;
}

absl::StatusOr<std::vector<std::string>> ReleaseStore::ChartersAhead() const { return NamesIn(folder_, IsCharterHash); }

absl::StatusOr<std::vector<std::string>> ReleaseStore::DataSets() const {
  ACCORD_ASSIGN_OR_RETURN(std::vector<std::string> data_sets, NamesIn(folder_, IsStatementName));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> charters, ChartersAhead());
  for (const std::string& charter : charters) {
    ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> ahead, NamesIn(FolderAhead(charter), IsStatementName));
    data_sets.insert(data_sets.end(), ahead.begin(), ahead.end());
  }
  std::sort(data_sets.begin(), data_sets.end());
  data_sets.erase(std::unique(data_sets.begin(), data_sets.end()), data_sets.end());
  return data_sets;
}

absl::StatusOr<Release> ReleaseStore::Check(const Charter& charter, const Roster& roster, absl::string_view site,
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
  // Each on its own: where one of the two is damaged, the other goes on to keep out what is older.
  for (const std::string& folder : {folder_, FolderAhead(HexDigest(charter.hash()))}) {
    const auto kept = FindIn(folder, release.data_set);
    if (!kept.ok() || !kept->has_value()) continue;
    // The same release under a good signature mends a file that somebody damaged.
    const auto before = ParseRelease((*kept)->bytes);
    if ((*kept)->bytes != statement.bytes && before.ok() && before->time >= release.time) {
      return absl::FailedPreconditionError(absl::StrCat(
          "a release of ", release.data_set, " of ", FormatUtc(before->time), " was taken before, and this one is of ",
          FormatUtc(release.time), ": only a later one replaces it; have it signed anew"));
    }
  }
  return release;
}

absl::StatusOr<Release> ReleaseStore::Keep(const Charter& charter, const Roster& roster, absl::string_view site,
                                           const SignedStatement& statement, absl::Time now) const {
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, LockFolder(folder_));
  ACCORD_ASSIGN_OR_RETURN(Release release, Check(charter, roster, site, statement, now));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(PathOf(release.data_set), statement.Text(), 0600));
  ACCORD_RETURN_IF_ERROR(ForgetAhead(HexDigest(charter.hash()), release.data_set));
  return release;
}

absl::StatusOr<Release> ReleaseStore::KeepAhead(const Charter& next, const Roster& roster, absl::string_view site,
                                                const SignedStatement& statement, absl::Time now) const {
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, LockFolder(folder_));
  ACCORD_ASSIGN_OR_RETURN(Release release, Check(next, roster, site, statement, now));
  const std::string folder = FolderAhead(HexDigest(next.hash()));
  ACCORD_RETURN_IF_ERROR(MakeFolders(folder, 0700));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(folder, "/", release.data_set), statement.Text(), 0600));
  return release;
}

absl::Status ReleaseStore::ForgetAhead(const std::string& charter_hex, const std::string& data_set) const {
  const std::string folder = FolderAhead(charter_hex);
  const std::string path = absl::StrCat(folder, "/", data_set);
  if (unlink(path.c_str()) != 0) return errno == ENOENT ? absl::OkStatus() : ErrnoError("remove", path);
  ACCORD_RETURN_IF_ERROR(SyncParentFolder(path));
  rmdir(folder.c_str());  // unless there are others
  return absl::OkStatus();
}

absl::Status ReleaseStore::ComeIntoForce(const Sha256Digest& charter) const {
  const std::string hex = HexDigest(charter);
  if (access(FolderAhead(hex).c_str(), F_OK) != 0 && errno == ENOENT) return absl::OkStatus();
  // Else what an owner says between the look and the write, a withdrawal maybe, would be lost.
  ACCORD_ASSIGN_OR_RETURN(const UniqueFd lock, LockFolder(folder_));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> data_sets, NamesIn(FolderAhead(hex), IsStatementName));
  for (const std::string& data_set : data_sets) {
    const auto counts = Find(data_set, charter);
    const auto latest = FindIn(folder_, data_set);
    if (!counts.ok() || !latest.ok()) continue;  // damaged: whoever asks is told, and nothing is read
    if (!counts->has_value()) continue;          // it was taken away meanwhile
    if (!latest->has_value() || (*latest)->bytes != (*counts)->bytes) {
      ACCORD_RETURN_IF_ERROR(WriteFileAtomically(PathOf(data_set), (*counts)->Text(), 0600));
    }
    // It has served: were it damaged later, nothing would ever replace it.
    ACCORD_RETURN_IF_ERROR(ForgetAhead(hex, data_set));
  }
  return absl::OkStatus();
}

}  // namespace accord
