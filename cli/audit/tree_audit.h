// Holds a project's log against a federation tree: is it one growing log at every tick of which there is a receipt?
//
// Adversary: whoever made the files; the project's coordinator with all its members, who rewrote the log between two
// ticks and have its key; the tree's keeper, who committed to two stories. What they can still do is show no receipts,
// and that is told tick by tick.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "trust/federation_tree/receipt.h"
#include "trust/federation_tree/tree_terms.h"
#include "trust/log/log_head.h"

namespace accord {

struct TreeAuditOptions {
  std::string tree;                   // the tree's exported log
  std::string project;                // the project's, with the receipts that its coordinator entered
  std::vector<std::string> receipts;  // that somebody else has
  std::string tree_id, log_id;        // hex; empty: any
  int committed_within_hours = 0;     // 0: gaps are told and no fault
};

struct TreeAudit {
  std::optional<LogIdentity> tree, project;
  std::optional<TreeTerms> terms;
  std::vector<uint64_t> ticks_us;      // of the tree
  std::vector<uint64_t> committed_us;  // of which there are receipts
  std::vector<TickRange> missing;      // that the tree has not: its keeper was down
  std::vector<TickRange> without;      // since the first receipt, that the tree has and no receipt is of
  std::optional<LogHead> last_committed;
  uint64_t num_entries = 0;               // of the project's log
  std::string fault;                      // empty: all holds
  std::optional<uint64_t> wrong_tick_us;  // the first of whose head the log is not, where that is the fault
};

// Errors: files that cannot be read, receipts that are none, other logs than asked for. What the files show to be wrong
// is in `fault`.
absl::StatusOr<TreeAudit> AuditAgainstTree(const TreeAuditOptions& options);

}  // namespace accord
