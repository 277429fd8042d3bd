#include "coordinator/store/log_rows.h"

#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/store/database.h"

namespace accord {
namespace {

absl::string_view Text(const Sha256Digest& hash) {
  return absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size());
}

// A blob only grows when it is written to.
void Replace(soci::blob& blob, absl::string_view bytes) {
  if (blob.get_len() > bytes.size()) blob.trim(0);
  blob.write(0, bytes.data(), bytes.size());
}

}  // namespace

std::optional<LogRow> FindLogRow(soci::session& sql, const std::string& project) {
  LogRow row;
  row.project = project;
  long long size = 0, last_us = 0;
  soci::blob first_entry(sql), public_key(sql);
  sql << "SELECT log, first_entry, public_key, size, last_us FROM logs WHERE project = :project", soci::into(row.log),
      soci::into(first_entry), soci::into(public_key), soci::into(size), soci::into(last_us), soci::use(project);
  if (!sql.got_data()) return std::nullopt;
  row.first_entry = BlobBytes(first_entry);
  row.public_key_der = BlobBytes(public_key);
  row.size = static_cast<uint64_t>(size);
  row.last_us = static_cast<uint64_t>(last_us);
  return row;
}

absl::StatusOr<LogRow> GetLogRow(soci::session& sql, const std::string& project) {
  std::optional<LogRow> row = FindLogRow(sql, project);
  if (!row.has_value()) return absl::NotFoundError(absl::StrCat("project ", project, " has no log"));
  return *std::move(row);
}

absl::StatusOr<SignedLogHead> ReadLastLogHead(soci::session& sql, const LogRow& log) {
  return ReadLogHead(sql, log, log.size);
}

absl::StatusOr<SignedLogHead> ReadLogHead(soci::session& sql, const LogRow& log, uint64_t tree_size) {
  const auto size = static_cast<long long>(tree_size);
  soci::blob bytes(sql), signature(sql);
  sql << "SELECT head, signature FROM log_heads WHERE log = :log AND size = :size", soci::into(bytes),
      soci::into(signature), soci::use(log.log), soci::use(size);
  if (!sql.got_data()) {
    return MissingOfLog(tree_size == log.size ? "the last head" : absl::StrCat("the head of ", tree_size, " entries"),
                        log.project);
  }
  return SignedLogHead{BlobBytes(bytes), BlobBytes(signature)};
}

absl::Status MissingOfLog(absl::string_view what, absl::string_view project) {
  return absl::DataLossError(
      absl::StrCat(what, " of the log of project ", project, " is missing; restore state_dir from a backup"));
}

LogNodeRows::LogNodeRows(soci::session& sql, long long log)
    : log_(log),
      hash_(sql),
      leaves_((sql.prepare << "SELECT leaf FROM log_entries WHERE log = :log AND position = :position",
               soci::into(hash_), soci::use(log_), soci::use(position_))),
      nodes_((sql.prepare << "SELECT hash FROM log_nodes WHERE log = :log AND level = :level AND position = :position",
              soci::into(hash_), soci::use(log_), soci::use(level_), soci::use(position_))) {}

absl::StatusOr<Sha256Digest> LogNodeRows::Read(const MerkleNode& node) {
  try {
    level_ = node.level;
    position_ = static_cast<long long>(node.index);
    Sha256Digest hash{};
    const bool is_there = (node.level == 0 ? leaves_ : nodes_).execute(true);
    if (!is_there || hash_.get_len() != hash.size()) {
      return absl::DataLossError(absl::StrCat("node ", node.level, "/", node.index,
                                              " of the log's tree is missing or damaged; restore state_dir from a "
                                              "backup"));
    }
    hash_.read(0, reinterpret_cast<char*>(hash.data()), hash.size());
    return hash;
  } catch (...) {
    failure_ = std::current_exception();
    return absl::InternalError("cannot read the log's tree");
  }
}

LogRowWriter::LogRowWriter(soci::session& sql, long long log)
    : sql_(sql),
      log_(log),
      hash_(sql),
      entry_(sql),
      entries_((sql.prepare << "INSERT INTO log_entries (log, position, leaf, entry)"
                               " VALUES (:log, :position, :leaf, :entry)",
                soci::use(log_), soci::use(position_), soci::use(hash_), soci::use(entry_))),
      nodes_((sql.prepare << "INSERT INTO log_nodes (log, level, position, hash)"
                             " VALUES (:log, :level, :position, :hash)",
              soci::use(log_), soci::use(level_), soci::use(position_), soci::use(hash_))) {}

LogRowWriter::Names::Names(soci::session& sql, const long long& log, const long long& position)
    : salt(sql),
      insert((sql.prepare << "INSERT INTO log_names (log, position, place, role, name, salt)"
                             " VALUES (:log, :position, :place, :role, :name, :salt)",
              soci::use(log), soci::use(position), soci::use(place), soci::use(role), soci::use(name),
              soci::use(salt))) {}

void LogRowWriter::AddName(uint64_t position, size_t place, const NameOpening& opening) {
  if (names_ == nullptr) names_ = std::make_unique<Names>(sql_, log_, position_);
  position_ = static_cast<long long>(position);
  names_->place = static_cast<long long>(place);
  names_->role = static_cast<int>(opening.role);
  names_->name = opening.name;
  Replace(names_->salt, absl::string_view(reinterpret_cast<const char*>(opening.salt.data()), opening.salt.size()));
  names_->insert.execute(true);
}

void LogRowWriter::AddEntry(uint64_t position, const Sha256Digest& leaf, absl::string_view entry) {
  position_ = static_cast<long long>(position);
  Replace(hash_, Text(leaf));
  Replace(entry_, entry);
  entries_.execute(true);
}

void LogRowWriter::AddNode(const MerkleNode& node, const Sha256Digest& hash) {
  level_ = node.level;
  position_ = static_cast<long long>(node.index);
  Replace(hash_, Text(hash));
  nodes_.execute(true);
}

}  // namespace accord
