// Finding entries of a log by what they are about, and proving several at once.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/fields.h"
#include "base/status.h"
#include "coordinator/store/log_rows.h"
#include "coordinator/store/log_store.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

// Some milliseconds of reading, in which nobody writes.
constexpr uint64_t kEntriesLookedAt = 20'000;
constexpr size_t kEntriesProven = 128;

// Where an entry's kind and subject stand (trust/log/log_entry.h), counted from 1 as SQL does: behind version, project,
// index and time. Within one log these places are fixed.
long long KindPlace(absl::string_view project) { return 22 + static_cast<long long>(project.size()); }
long long SubjectPlace(absl::string_view project) { return 1 + KindPlace(project); }

// What `find` says of the project's log.
absl::Status InLog(Database& database, const std::string& project,
                   absl::FunctionRef<absl::Status(soci::session&, const LogRow&)> find) {
  return database.Read("look for entries of a log in", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogRow log, GetLogRow(sql, project));
    return find(sql, log);
  });
}

}  // namespace

absl::StatusOr<uint64_t> LogStore::Size(const std::string& project) {
  uint64_t size = 0;
  ACCORD_RETURN_IF_ERROR(InLog(database_, project, [&](soci::session&, const LogRow& log) {
    size = log.size;
    return absl::OkStatus();
  }));
  return size;
}

absl::StatusOr<FoundEntries> LogStore::EntriesAbout(const std::string& project, absl::string_view subject) {
  FieldWriter field;
  field.String(subject);
  FoundEntries found;
  // Between two transactions every log ends with an entry over which a head was signed.
  ACCORD_ASSIGN_OR_RETURN(found.tree_size, Size(project));
  for (uint64_t begin = 0; begin < found.tree_size; begin += kEntriesLookedAt) {
    ACCORD_RETURN_IF_ERROR(InLog(database_, project, [&](soci::session& sql, const LogRow& log) {
      const auto first = static_cast<long long>(begin);
      const auto behind = static_cast<long long>(std::min(begin + kEntriesLookedAt, found.tree_size));
      const auto place = SubjectPlace(project), length = static_cast<long long>(field.bytes().size());
      BlobParameter wanted(sql, field.bytes());
      long long position = 0;
      soci::statement rows =
          (sql.prepare << "SELECT position FROM log_entries WHERE log = :log AND position >= :first AND"
                          " position < :behind AND substr(entry, :place, :length) = :wanted ORDER BY position",
           soci::into(position), soci::use(log.log), soci::use(first), soci::use(behind), soci::use(place),
           soci::use(length), soci::use(wanted.get()));
      rows.execute();
      while (rows.fetch()) found.indices.push_back(static_cast<uint64_t>(position));
      return absl::OkStatus();
    }));
  }
  return found;
}

absl::StatusOr<std::optional<uint64_t>> LogStore::LastOfKind(const std::string& project, LogEntryKind kind,
                                                             uint64_t before) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<uint64_t> latest, LatestOfKind(project, kind, before, 1));
  return latest.empty() ? std::nullopt : std::optional(latest.front());
}

absl::StatusOr<std::vector<uint64_t>> LogStore::LatestOfKind(const std::string& project, LogEntryKind kind,
                                                             uint64_t before, size_t limit, absl::string_view naming) {
  std::vector<uint64_t> latest;
  const char byte = static_cast<char>(kind);
  FieldWriter field;
  field.String(naming);
  const int any = naming.empty() ? 1 : 0;
  for (uint64_t end = before; end > 0 && latest.size() < limit; end -= std::min(end, kEntriesLookedAt)) {
    ACCORD_RETURN_IF_ERROR(InLog(database_, project, [&](soci::session& sql, const LogRow& log) {
      const auto first = static_cast<long long>(end - std::min(end, kEntriesLookedAt));
      const auto behind = static_cast<long long>(end), most = static_cast<long long>(limit - latest.size());
      const auto place = KindPlace(project);
      BlobParameter wanted(sql, absl::string_view(&byte, 1));
      BlobParameter held(sql, field.bytes());
      long long position = 0;
      soci::statement rows =
          (sql.prepare << "SELECT position FROM log_entries WHERE log = :log AND position >= :first AND"
                          " position < :behind AND substr(entry, :place, 1) = :kind AND"
                          " (:any = 1 OR instr(entry, :held) > 0) ORDER BY position DESC LIMIT :most",
           soci::into(position), soci::use(log.log), soci::use(first), soci::use(behind), soci::use(place),
           soci::use(wanted.get()), soci::use(any), soci::use(held.get()), soci::use(most));
      rows.execute();
      while (rows.fetch()) latest.push_back(static_cast<uint64_t>(position));
      return absl::OkStatus();
    }));
  }
  return latest;
}

absl::StatusOr<std::optional<uint64_t>> LogStore::LastEnrolment(const std::string& project, NameRole role,
                                                                const std::string& name, uint64_t before) {
  std::optional<uint64_t> last;
  ACCORD_RETURN_IF_ERROR(InLog(database_, project, [&](soci::session& sql, const LogRow& log) {
    const auto place = KindPlace(project), behind = static_cast<long long>(before);
    const int number = static_cast<int>(role);
    const char kind = static_cast<char>(LogEntryKind::kMember);
    BlobParameter member(sql, absl::string_view(&kind, 1));
    long long position = 0;
    // The names come first, by their index; a log has far more entries than somebody has names in it.
    soci::statement rows =
        (sql.prepare << "SELECT log_names.position FROM log_names CROSS JOIN log_entries USING (log, position)"
                        " WHERE log = :log AND role = :role AND name = :name AND log_names.position < :before"
                        " AND substr(entry, :place, 1) = :kind ORDER BY log_names.position DESC LIMIT 1",
         soci::into(position), soci::use(log.log), soci::use(number), soci::use(name), soci::use(behind),
         soci::use(place), soci::use(member.get()));
    rows.execute();
    if (rows.fetch()) last = static_cast<uint64_t>(position);
    return absl::OkStatus();
  }));
  return last;
}

absl::StatusOr<LogEvidence> LogStore::ProveEntries(const std::string& project, absl::Span<const uint64_t> indices,
                                                   uint64_t tree_size) {
  LogEvidence evidence;
  ACCORD_RETURN_IF_ERROR(InLog(database_, project, [&](soci::session& sql, const LogRow& log) -> absl::Status {
    evidence.first_entry = log.first_entry;
    ACCORD_ASSIGN_OR_RETURN(evidence.head, ReadLogHead(sql, log, tree_size));
    return absl::OkStatus();
  }));
  const auto prove = [&](soci::session& sql, const LogRow& log, uint64_t index) -> absl::Status {
    if (index >= tree_size) {
      return absl::OutOfRangeError(
          absl::StrCat("of ", tree_size, " entries of the log of ", project, " none is ", index));
    }
    ProvenEntry& proven = evidence.entries.emplace_back();
    const auto position = static_cast<long long>(index);
    soci::blob bytes(sql);
    sql << "SELECT entry FROM log_entries WHERE log = :log AND position = :position", soci::into(bytes),
        soci::use(log.log), soci::use(position);
    if (!sql.got_data()) return MissingOfLog(absl::StrCat("entry ", index), project);
    proven.bytes = BlobBytes(bytes);
    ACCORD_ASSIGN_OR_RETURN(proven.path, WithLogNodes(sql, log.log, [&](MerkleNodeReader nodes) {
                              return ProveInclusion(index, tree_size, nodes);
                            }));
    return absl::OkStatus();
  };
  for (size_t begin = 0; begin < indices.size(); begin += kEntriesProven) {
    ACCORD_RETURN_IF_ERROR(InLog(database_, project, [&](soci::session& sql, const LogRow& log) -> absl::Status {
      for (const uint64_t index : indices.subspan(begin, kEntriesProven)) {
        ACCORD_RETURN_IF_ERROR(prove(sql, log, index));
      }
      return absl::OkStatus();
    }));
  }
  return evidence;
}

}  // namespace accord
