// What an institution keeps of the federation tree that it runs: the tree's log, which is for everybody, and beside it,
// for nobody else, which project has which slot, the head that each handed in last, and what opens each commitment.
//
// All of it lies in one database, federation-tree.db in the tree's state_dir; the key is log.key beside it. A tick is
// one transaction: all its entries, the heads and the openings are there, or none.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/entropy.h"
#include "coordinator/store/database.h"
#include "coordinator/store/federation_log.h"
#include "trust/federation_tree/receipt.h"
#include "trust/federation_tree/tree_terms.h"
#include "trust/log/log_file.h"

namespace accord {

// Once added it has its slot for ever, and its log must continue from the head that was taken last, also after it was
// away.
struct TreeProject {
  std::string name;  // by which the institution knows it; of the form of a project's id
  uint32_t slot = 0;
  HeadOfLog head;          // the one that was taken last
  bool is_present = true;  // else nothing of it is committed to
};

// What opens one commitment.
struct TreeOpening {
  std::string name;
  uint64_t tick_us = 0;
  uint64_t entry = 0;  // in the tree
  CommitmentSalt salt = {};
  HeadOfLog committed;
};

// Thread-safe. Errors of Database and LogStore beside the ones named.
class TreeStore {
 public:
  // Begins a tree of this name. ALREADY_EXISTS: there is one. INVALID_ARGUMENT: no id, or terms out of range.
  static absl::StatusOr<std::unique_ptr<TreeStore>> Create(const std::string& state_dir, const std::string& name,
                                                           const TreeTerms& terms, Clock& clock);
  // NOT_FOUND: there is none. `clock` and `entropy` must outlive the store.
  static absl::StatusOr<std::unique_ptr<TreeStore>> Open(const std::string& state_dir, Clock& clock,
                                                         EntropySource& entropy = EntropySource::System());

  const TreeTerms& terms() const { return terms_; }
  FederationLog& log() { return *log_; }

  // By name.
  absl::StatusOr<std::vector<TreeProject>> Projects();
  // Gives a log a slot, drawn among the free ones. `head`: which log it is, and from where on it must continue.
  // ALREADY_EXISTS: the name or the log is there. RESOURCE_EXHAUSTED: no slot is free.
  absl::Status AddProject(const std::string& name, const HeadOfLog& head);
  // NOT_FOUND: there is no such project.
  absl::Status SetPresent(const std::string& name, bool is_present);

  // Adds one entry for each slot: commitments to these heads, of projects by name, which must continue the kept ones
  // (hand_in.h); to nothing for all others. ALREADY_EXISTS: the tree has an entry of that moment or a later one.
  absl::Status Tick(uint64_t tick_us, const std::map<std::string, HeadOfLog>& taken);
  // When the last entry is of, in microseconds since 1970.
  absl::StatusOr<uint64_t> LastUs();

  // Of which no receipt was written yet, by tick and name, at most some thousand, behind this one. An opening is
  // forgotten with its receipt.
  absl::StatusOr<std::vector<TreeOpening>> WithoutReceipt(const TreeOpening& behind = {});
  absl::StatusOr<TreeReceipt> ReceiptOf(const TreeOpening& opening);
  absl::Status ReceiptsAreWritten(const std::vector<TreeOpening>& openings);

 private:
  TreeStore(std::unique_ptr<Database> database, std::unique_ptr<FederationLog> log, TreeTerms terms,
            EntropySource& entropy)
      : database_(std::move(database)), log_(std::move(log)), terms_(terms), entropy_(entropy) {}
  absl::Status TickIn(soci::session& sql, uint64_t tick_us, const std::map<std::string, HeadOfLog>& taken);

  std::unique_ptr<Database> database_;
  std::unique_ptr<FederationLog> log_;
  const TreeTerms terms_;
  EntropySource& entropy_;
};

}  // namespace accord
