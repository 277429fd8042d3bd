#include "coordinator/store/log_store.h"

#include <algorithm>
#include <optional>

#include "base/status.h"
#include "coordinator/store/log_rows.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

uint64_t UnixMicros(absl::Time time) { return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMicros(time), 0)); }

absl::Status CheckKey(const LogRow& log, const Signer& signer, absl::string_view project) {
  if (log.public_key_der == signer.public_key_der()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the log of project ", project,
                   " was begun under another key than this coordinator has; put that key back from the backup"));
}

// One transaction's additions to one log.
class Appending {
 public:
  Appending(soci::session& sql, LogRow& log, MerkleFrontier frontier)
      : sql_(sql), log_(log), frontier_(std::move(frontier)), rows_(sql, log.log) {}

  // `bytes`: of the entry that comes next.
  absl::Status Add(absl::string_view bytes) {
    const Sha256Digest leaf = LogLeafHash(bytes);
    complete_.clear();
    ACCORD_RETURN_IF_ERROR(frontier_.Append(
        leaf, [this](const MerkleNode& node, const Sha256Digest& hash) { complete_.emplace_back(node, hash); }));
    rows_.AddEntry(log_.size, leaf, bytes);
    for (const auto& [node, hash] : complete_) {
      if (node.level > 0) rows_.AddNode(node, hash);
    }
    ++log_.size;
    return absl::OkStatus();
  }

  // Commits to the name, and keeps what opens it.
  CommittedName AddName(size_t place, const NameOpening& opening) {
    rows_.AddName(log_.size, place, opening);
    return opening.Commit();
  }

  // Signs what the log is now.
  absl::StatusOr<SignedLogHead> Finish(const LogIdentity& identity, uint64_t now_us, const Signer& signer) {
    ACCORD_ASSIGN_OR_RETURN(
        SignedLogHead head,
        SignLogHead({identity.project(), identity.id(), log_.size, now_us, frontier_.Root()}, signer));
    const auto size = static_cast<long long>(log_.size), last_us = static_cast<long long>(now_us);
    BlobParameter bytes(sql_, head.bytes), signature(sql_, head.signature);
    sql_ << "INSERT INTO log_heads (log, size, head, signature) VALUES (:log, :size, :head, :signature)",
        soci::use(log_.log), soci::use(size), soci::use(bytes.get()), soci::use(signature.get());
    sql_ << "UPDATE logs SET size = :size, last_us = :last WHERE log = :log", soci::use(size), soci::use(last_us),
        soci::use(log_.log);
    return head;
  }

 private:
  soci::session& sql_;
  LogRow& log_;
  MerkleFrontier frontier_;
  LogRowWriter rows_;
  std::vector<std::pair<MerkleNode, Sha256Digest>> complete_;
};

}  // namespace

absl::StatusOr<LogIdentity> LogStore::Begin(const std::string& project, absl::Time now) {
  const uint64_t now_us = UnixMicros(now);
  ACCORD_ASSIGN_OR_RETURN(const std::string entry, WriteFirstEntry(project, now_us, signer_.public_key_der()));
  ACCORD_ASSIGN_OR_RETURN(const LogIdentity fresh, LogIdentity::FromFirstEntry(entry));
  ACCORD_RETURN_IF_ERROR(database_.Write("begin a log in", [&](soci::session& sql) -> absl::Status {
    const std::optional<LogRow> found = FindLogRow(sql, project);
    if (found.has_value()) return CheckKey(*found, signer_, project);
    LogRow log;
    BlobParameter key(sql, signer_.public_key_der()), first(sql, entry);
    sql << "INSERT INTO logs (project, public_key, first_entry, size, last_us) VALUES (:project, :key, :first, 0, 0)",
        soci::use(project), soci::use(key.get()), soci::use(first.get());
    sql << "SELECT log FROM logs WHERE project = :project", soci::into(log.log), soci::use(project);
    Appending appending(sql, log, MerkleFrontier());
    ACCORD_RETURN_IF_ERROR(appending.Add(entry));
    return appending.Finish(fresh, now_us, signer_).status();
  }));
  return Identity(project);
}

absl::StatusOr<SignedLogHead> LogStore::AppendIn(soci::session& sql, const std::string& project,
                                                 absl::Span<const LogDraft> drafts, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(LogRow log, GetLogRow(sql, project));
  ACCORD_RETURN_IF_ERROR(CheckKey(log, signer_, project));
  if (drafts.empty()) return ReadLastLogHead(sql, log);
  ACCORD_ASSIGN_OR_RETURN(const LogIdentity identity, LogIdentity::FromFirstEntry(log.first_entry));
  ACCORD_ASSIGN_OR_RETURN(MerkleFrontier frontier, WithLogNodes(sql, log.log, [&](MerkleNodeReader nodes) {
                            return MerkleFrontier::Load(log.size, nodes);
                          }));
  // A clock that was set back does not set the log back.
  const uint64_t now_us = std::max(UnixMicros(now), log.last_us);
  Appending appending(sql, log, std::move(frontier));
  for (const LogDraft& draft : drafts) {
    LogEntry entry{project, log.size, now_us, draft.kind, draft.subject, draft.payload, {}};
    for (const auto& [role, name] : draft.names) {
      ACCORD_ASSIGN_OR_RETURN(const NameOpening opening, NameOpening::Draw(role, name, entropy_));
      entry.names.push_back(appending.AddName(entry.names.size(), opening));
    }
    if (draft.kind == LogEntryKind::kOpened) return absl::InvalidArgumentError("only a log's first entry opens it");
    ACCORD_ASSIGN_OR_RETURN(const std::string bytes, WriteLogEntry(entry));
    ACCORD_RETURN_IF_ERROR(appending.Add(bytes));
  }
  return appending.Finish(identity, now_us, signer_);
}

absl::StatusOr<SignedLogHead> LogStore::Append(const std::string& project, absl::Span<const LogDraft> drafts,
                                               absl::Time now) {
  SignedLogHead head;
  ACCORD_RETURN_IF_ERROR(database_.Write("append to a log in", [&](soci::session& sql) -> absl::Status {
    ACCORD_ASSIGN_OR_RETURN(head, AppendIn(sql, project, drafts, now));
    return absl::OkStatus();
  }));
  return head;
}

}  // namespace accord
