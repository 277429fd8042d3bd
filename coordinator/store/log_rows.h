// The rows of one transparency log while a transaction reads or adds to them. The classes keep their statements
// prepared, because an append may write thousands of rows. All this runs inside Database::Write or Read and throws
// SOCI's exceptions, except where noted. Not thread-safe; the session must outlive the objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "base/soci_headers.h"
#include "trust/log/log_head.h"
#include "trust/log/merkle_tree.h"
#include "trust/log/name_commitment.h"

namespace accord {

// A project's row of `logs`.
struct LogRow {
  long long log = 0;
  std::string project;
  std::string first_entry;
  std::string public_key_der;
  uint64_t size = 0;
  uint64_t last_us = 0;
};

// Of a project; nullopt: it has no log.
std::optional<LogRow> FindLogRow(soci::session& sql, const std::string& project);
// NOT_FOUND: it has no log.
absl::StatusOr<LogRow> GetLogRow(soci::session& sql, const std::string& project);
// DATA_LOSS: it is not there.
absl::StatusOr<SignedLogHead> ReadLastLogHead(soci::session& sql, const LogRow& log);
// DATA_LOSS: none was signed over so many entries.
absl::StatusOr<SignedLogHead> ReadLogHead(soci::session& sql, const LogRow& log, uint64_t tree_size);
// DATA_LOSS: "WHAT of the log of project PROJECT is missing ...".
absl::Status MissingOfLog(absl::string_view what, absl::string_view project);

// Nodes of the log's tree as they are stored.
class LogNodeRows {
 public:
  // `log`: its number in the table `logs`.
  LogNodeRows(soci::session& sql, long long log);

  // A MerkleNodeReader. DATA_LOSS: the node is missing or damaged. Does not throw, because it is called by the tree's
  // code: an exception is kept for Rethrow and an error returned.
  absl::StatusOr<Sha256Digest> Read(const MerkleNode& node);
  // The exception that made Read fail, if one did.
  void Rethrow() const {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

 private:
  long long log_;
  long long level_ = 0, position_ = 0;
  soci::blob hash_;
  soci::statement leaves_, nodes_;
  std::exception_ptr failure_;
};

// What `prove` makes of a MerkleNodeReader of the log.
template <typename Prove>
auto WithLogNodes(soci::session& sql, long long log, Prove prove) {
  LogNodeRows rows(sql, log);
  auto result = prove([&rows](const MerkleNode& node) { return rows.Read(node); });
  rows.Rethrow();
  return result;
}

// Adds entries, nodes, and what opens the names of entries. Each statement is prepared once.
class LogRowWriter {
 public:
  LogRowWriter(soci::session& sql, long long log);

  void AddEntry(uint64_t position, const Sha256Digest& leaf, absl::string_view entry);
  // Level 0 is not stored here: it stands beside the entries.
  void AddNode(const MerkleNode& node, const Sha256Digest& hash);
  // `place`: of the name among those of the entry at `position`.
  void AddName(uint64_t position, size_t place, const NameOpening& opening);

 private:
  // Most entries name nobody.
  struct Names {
    Names(soci::session& sql, const long long& log, const long long& position);

    long long place = 0;
    int role = 0;
    std::string name;
    soci::blob salt;
    soci::statement insert;  // bound to all of these
  };

  soci::session& sql_;
  long long log_;
  long long level_ = 0, position_ = 0;
  soci::blob hash_, entry_;
  soci::statement entries_, nodes_;
  std::unique_ptr<Names> names_;
};

}  // namespace accord
