// Makes the ticks of a federation tree (docs/log.md): takes what projects handed in as files, commits, and lays their
// receipts ready. Shares nothing with projects and sites but folders:
//
//   FOLDER/in/NAME/hand-in              from the project: hand_in.h; gone once it was looked at
//   FOLDER/out/NAME/receipt-TICK        for the project: receipt.h; TICK as in 20270101T000000Z
//   FOLDER/out/NAME/taken.head          the head that was taken last, from which the next proof must go
//   FOLDER/out/NAME/refused-TICK/       why.txt, kept.head, handed-in.head: what was refused, and the evidence
//   FOLDER/state/                       tree_store.h
//
// A tick is of an exact multiple of the cadence and is made within a tenth of it, and five minutes, or never: nothing
// is dated back. What is in the tree, and when, depends on the clock alone and on no project.
//
// Adversary: whoever can write into in/NAME. It can have its own project refused, and nothing else: what stands there
// is opened without following links or waiting, and is small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "coordinator/federation_tree/tree_store.h"

namespace accord {

std::string TreeStateDir(const std::string& folder);
absl::Duration LatestTick(const TreeTerms& terms);
absl::Duration LongestGap(const TreeTerms& terms);

enum class TickGap {
  kRefuse,  // of more than LongestGap
  kAllow,   // somebody looked at the clock, and it is right
};

struct MadeTick {
  uint64_t tick_us = 0;
  size_t num_committed = 0;
  std::vector<std::string> refused;  // "NAME: why"
};

// Not thread-safe. `store` and `clock` must outlive it.
class TreeKeeper {
 public:
  TreeKeeper(std::string folder, TreeStore& store, Clock& clock)
      : folder_(std::move(folder)), store_(store), clock_(clock) {}

  // Makes the project's folders.
  absl::Status AddProject(const std::string& name, const HeadOfLog& head);

  // Makes the tick whose time it is. ALREADY_EXISTS: it is made, or the tree was begun after it. FAILED_PRECONDITION:
  // it is missed; the tree's last one is dated ahead of the clock; or it is further from the last one than a tree that
  // runs leaves out (LongestGap), and `gap` does not allow that. A tick by a clock that is wrong by years would be the
  // last for as many. Writes the receipts that an earlier call could not write.
  absl::StatusOr<MadeTick> Tick(TickGap gap = TickGap::kRefuse);
  absl::Time NextTick() const;

 private:
  absl::Status CheckTime(absl::Time now, uint64_t tick_us, uint64_t last_us, TickGap gap) const;
  std::map<std::string, HeadOfLog> LookAtHandIns(const std::vector<TreeProject>& projects, MadeTick& made);
  absl::Status Refuse(const TreeProject& project, const HeadOfLog& handed_in, const std::string& why, uint64_t tick_us);
  absl::Status WriteReceipts();
  std::string HandInOf(const std::string& name) const;
  std::string OutOf(const std::string& name) const;

  const std::string folder_;
  TreeStore& store_;
  Clock& clock_;
};

}  // namespace accord
