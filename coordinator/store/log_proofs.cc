// Reading logs, and proving what is in them.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "coordinator/store/log_rows.h"
#include "coordinator/store/log_store.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

// Empty: it is missing.
std::string ReadEntry(soci::session& sql, const LogRow& log, uint64_t index) {
  const auto position = static_cast<long long>(index);
  soci::blob bytes(sql);
  sql << "SELECT entry FROM log_entries WHERE log = :log AND position = :position", soci::into(bytes),
      soci::use(log.log), soci::use(position);
  return sql.got_data() ? BlobBytes(bytes) : "";
}

}  // namespace

absl::StatusOr<LogIdentity> LogStore::Identity(const std::string& project) {
  std::string first_entry;
  ACCORD_RETURN_IF_ERROR(database_.Read("read a log of", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(LogRow log, GetLogRow(sql, project));
    first_entry = std::move(log.first_entry);
    return absl::OkStatus();
  }));
  auto identity = LogIdentity::FromFirstEntry(first_entry);
  if (!identity.ok()) return MissingOfLog("the first entry", project);
  return identity;
}

absl::StatusOr<SignedLogHead> LogStore::LastHead(const std::string& project) {
  SignedLogHead head;
  ACCORD_RETURN_IF_ERROR(database_.Read("read a log's head from", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogRow log, GetLogRow(sql, project));
    ACCORD_ASSIGN_OR_RETURN(head, ReadLastLogHead(sql, log));
    return absl::OkStatus();
  }));
  return head;
}

absl::StatusOr<std::string> LogStore::Entry(const std::string& project, uint64_t index) {
  ACCORD_ASSIGN_OR_RETURN(EntryProof proof, ProveEntry(project, index));
  return std::move(proof.entry);
}

absl::StatusOr<EntryProof> LogStore::ProveEntry(const std::string& project, uint64_t index) {
  EntryProof proof;
  ACCORD_RETURN_IF_ERROR(database_.Read("prove an entry of a log in", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(LogRow log, GetLogRow(sql, project));
    if (index >= log.size) {
      return absl::OutOfRangeError(
          absl::StrCat("the log of project ", project, " has ", log.size, " entries, counted from 0; none is ", index));
    }
    proof.entry = ReadEntry(sql, log, index);
    if (proof.entry.empty()) return MissingOfLog(absl::StrCat("entry ", index), project);
    ACCORD_ASSIGN_OR_RETURN(proof.path, WithLogNodes(sql, log.log, [&](MerkleNodeReader nodes) {
                              return ProveInclusion(index, log.size, nodes);
                            }));
    ACCORD_ASSIGN_OR_RETURN(proof.head, ReadLastLogHead(sql, log));
    proof.first_entry = std::move(log.first_entry);
    return absl::OkStatus();
  }));
  return proof;
}

absl::StatusOr<std::vector<Sha256Digest>> LogStore::ProveGrowth(const std::string& project, uint64_t first,
                                                                uint64_t second) {
  std::vector<Sha256Digest> proof;
  ACCORD_RETURN_IF_ERROR(database_.Read("prove that a log grew in", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogRow log, GetLogRow(sql, project));
    if (first > second || second > log.size) {
      return absl::OutOfRangeError(absl::StrCat("from ", first, " to ", second, " entries the log of project ", project,
                                                ", which has ", log.size, ", did not grow"));
    }
    ACCORD_ASSIGN_OR_RETURN(proof, WithLogNodes(sql, log.log, [&](MerkleNodeReader nodes) {
                              return ProveConsistency(first, second, nodes);
                            }));
    return absl::OkStatus();
  }));
  return proof;
}

absl::StatusOr<NameOpenings> LogStore::Openings(const std::string& project, uint64_t begin, uint64_t end) {
  NameOpenings openings;
  ACCORD_RETURN_IF_ERROR(database_.Read("read a log's names from", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(const LogRow log, GetLogRow(sql, project));
    const auto first = static_cast<long long>(std::min(begin, log.size));
    const auto last = static_cast<long long>(std::min(end, log.size));
    long long position = 0;
    int role = 0;
    NameOpening opening;
    soci::blob salt(sql);
    soci::statement rows = (sql.prepare << "SELECT position, role, name, salt FROM log_names WHERE log = :log AND"
                                           " position >= :first AND position < :last ORDER BY position, place",
                            soci::into(position), soci::into(role), soci::into(opening.name), soci::into(salt),
                            soci::use(log.log), soci::use(first), soci::use(last));
    rows.execute();
    while (rows.fetch()) {
      if (salt.get_len() != opening.salt.size()) return MissingOfLog("a name's salt", project);
      opening.role = static_cast<NameRole>(role);
      salt.read(0, reinterpret_cast<char*>(opening.salt.data()), opening.salt.size());
      openings.emplace(static_cast<uint64_t>(position), opening);
    }
    return absl::OkStatus();
  }));
  return openings;
}

}  // namespace accord
