// The whole log as a file.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "coordinator/store/log_store.h"

namespace accord {
namespace {

constexpr uint64_t kEntriesAtATime = 500;
// A head costs a checker as much as a hundred entries, so of a long log not all are written. Between two of them a
// change of an entry together with its hash cannot be told more exactly.
constexpr uint64_t kMostHeads = 4096;

// One page of a log: entries, and the heads over as many of them as their keys say.
struct Page {
  std::vector<std::pair<Sha256Digest, std::string>> entries;
  std::map<uint64_t, SignedLogHead> heads;
  std::multimap<uint64_t, std::string> stamps;  // on heads, by time
};

absl::Status ReadEntries(soci::session& sql, const std::string& project, long long begin, long long end, Page& page) {
  soci::blob leaf(sql), bytes(sql);
  soci::statement rows =
      (sql.prepare << "SELECT leaf, entry FROM log_entries JOIN logs USING (log) WHERE project = :project AND"
                      " position >= :begin AND position < :end ORDER BY position",
       soci::into(leaf), soci::into(bytes), soci::use(project), soci::use(begin), soci::use(end));
  rows.execute();
  while (rows.fetch()) {
    auto& [hash, entry] = page.entries.emplace_back();
    if (leaf.get_len() == hash.size()) leaf.read(0, reinterpret_cast<char*>(hash.data()), hash.size());
    entry = BlobBytes(bytes);
  }
  if (page.entries.size() == static_cast<size_t>(end - begin)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("entries ", begin, " to ", end - 1, " of the log of project ", project,
                                          " are not all there; restore state_dir from a backup"));
}

void ReadHeads(soci::session& sql, const std::string& project, long long begin, long long end, Page& page) {
  long long size = 0;
  soci::blob bytes(sql), signature(sql);
  soci::statement rows =
      (sql.prepare << "SELECT log_heads.size, head, signature FROM log_heads JOIN logs USING (log)"
                      " WHERE project = :project AND log_heads.size > :begin AND log_heads.size <= :end",
       soci::into(size), soci::into(bytes), soci::into(signature), soci::use(project), soci::use(begin),
       soci::use(end));
  rows.execute();
  while (rows.fetch()) page.heads[static_cast<uint64_t>(size)] = {BlobBytes(bytes), BlobBytes(signature)};
}

void ReadStamps(soci::session& sql, const std::string& project, long long begin, long long end, Page& page) {
  long long size = 0;
  soci::blob token(sql);
  soci::statement rows = (sql.prepare << "SELECT log_stamps.size, token FROM log_stamps JOIN logs USING (log)"
                                         " WHERE project = :project AND log_stamps.size > :begin AND"
                                         " log_stamps.size <= :end ORDER BY log_stamps.size, stamped_ms",
                          soci::into(size), soci::into(token), soci::use(project), soci::use(begin), soci::use(end));
  rows.execute();
  while (rows.fetch()) page.stamps.emplace(static_cast<uint64_t>(size), BlobBytes(token));
}

}  // namespace

absl::Status LogStore::Export(const std::string& project,
                              absl::FunctionRef<absl::Status(absl::string_view line)> sink) {
  ACCORD_ASSIGN_OR_RETURN(const LogIdentity identity, Identity(project));
  ACCORD_ASSIGN_OR_RETURN(const SignedLogHead last, LastHead(project));
  ACCORD_ASSIGN_OR_RETURN(const LogHead last_head, identity.CheckHead(last));
  const uint64_t size = last_head.tree_size;
  const uint64_t entries_per_head = (size + kMostHeads - 1) / kMostHeads;
  ACCORD_RETURN_IF_ERROR(sink(absl::StrCat(kLogTitle, "\n")));
  uint64_t written = 0, covered = 0;
  while (written < size) {
    Page page;
    const uint64_t end = std::min(size, written + kEntriesAtATime);
    ACCORD_RETURN_IF_ERROR(database_.Read("write out a log of", [&](soci::session& sql) {
      const auto first = static_cast<long long>(written), behind = static_cast<long long>(end);
      ReadHeads(sql, project, first, behind, page);
      ReadStamps(sql, project, first, behind, page);
      return ReadEntries(sql, project, first, behind, page);
    }));
    for (const auto& [leaf, entry] : page.entries) {
      ACCORD_RETURN_IF_ERROR(sink(LogEntryLine(leaf, entry)));
      ++written;
      const auto head = page.heads.find(written);
      const auto [stamp, behind_stamps] = page.stamps.equal_range(written);
      const bool is_wanted = written == size || written - covered >= entries_per_head || stamp != behind_stamps;
      if (head == page.heads.end() || !is_wanted) continue;
      ACCORD_RETURN_IF_ERROR(sink(LogHeadLine(head->second)));
      for (auto on_head = stamp; on_head != behind_stamps; ++on_head) {
        ACCORD_RETURN_IF_ERROR(sink(LogStampLine(on_head->second)));
      }
      covered = written;
    }
  }
  return absl::OkStatus();
}

}  // namespace accord
