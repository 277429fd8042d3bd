// Makes the ticks of a federation tree (docs/log.md): takes what projects handed in as files, commits, and lays their
// receipts ready. Shares nothing with projects and sites but folders:
//
//   FOLDER/in/NAME/hand-in              from the project: hand_in.h; moved away, as FOLDER/state/hand-in-NAME, to be read
//   FOLDER/out/NAME/receipt-TICK        for the project: receipt.h; TICK as in 20270101T000000Z
//   FOLDER/out/NAME/taken.head          the head that was taken last, from which the next proof must go
//   FOLDER/out/NAME/refused-TICK/       why.txt, kept.head, handed-in.head: what was refused, and the evidence
//   FOLDER/state/                       tree_store.h
//
// A tick is of an exact multiple of the cadence and is made within a tenth of it, and five minutes, or never: nothing
// is dated back. What is in the tree, and when, depends on the clock alone and on no project.
//
// Files and folders of a project are dated by the tick and come to be in a random order: what they show it of the other
// projects is in docs/log.md.
//
// Adversary: whoever can write into in/NAME. It can have its own project refused, and nothing else: what stands there
// is opened without following links or waiting, and is small. Into out/NAME only the keeper writes; what is in its way
// there keeps back that project's receipts alone.
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
#include "base/entropy.h"
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
  std::vector<std::string> refused;  // "NAME: why", in no order; "receipts: why" of those that could not be written
};

// Not thread-safe. `store`, `clock` and `entropy` must outlive it.
class TreeKeeper {
 public:
  TreeKeeper(std::string folder, TreeStore& store, Clock& clock, EntropySource& entropy = EntropySource::System())
      : folder_(std::move(folder)), store_(store), clock_(clock), entropy_(entropy) {}

  // Makes the project's folders; also those of a project that is there without, which is no ALREADY_EXISTS then.
  absl::Status AddProject(const std::string& name, const HeadOfLog& head);

  // Makes the tick whose time it is. ALREADY_EXISTS: it is made, or the tree was begun after it. FAILED_PRECONDITION:
  // it is missed; the tree's last one is dated ahead of the clock; or it is further from the last one than a tree that
  // runs leaves out (LongestGap), and `gap` does not allow that. A tick by a clock that is wrong by years would be the
  // last for as many; or a project has a receipt of a later tick than the tree's last, which is an older copy then.
  // Made or not, it then writes the receipts of this tick and those that an earlier call could not write.
  absl::StatusOr<MadeTick> Tick(TickGap gap = TickGap::kRefuse);
  absl::Time NextTick() const;

 private:
  absl::Status CheckTime(absl::Time now, uint64_t tick_us, uint64_t last_us, TickGap gap) const;
  std::map<std::string, HeadOfLog> LookAtHandIns(const std::vector<TreeProject>& projects, MadeTick& made);
  absl::StatusOr<MadeTick> MakeTick(TickGap gap);
  // That no project has a receipt of a tick that this tree does not know.
  absl::Status CheckNewest(const std::vector<TreeProject>& projects, uint64_t tick_us, uint64_t last_us);
  absl::Status MakeFoldersOf(const std::string& name, const HeadOfLog& kept);
  // What the project handed in. NOT_FOUND: nothing.
  absl::StatusOr<std::string> TakeHandIn(const std::string& name, absl::Time dated) const;
  absl::Status Refuse(const TreeProject& project, const HeadOfLog& handed_in, const std::string& why, uint64_t tick_us);
  // What is in the way of one stops no other; the errors are told together.
  absl::Status WriteReceipts();
  absl::Status WriteReceiptsOf(std::vector<TreeOpening> openings, std::vector<std::string>& errors);
  std::string InOf(const std::string& name) const;
  std::string OutOf(const std::string& name) const;
  std::string TakenHandInOf(const std::string& name) const;

  const std::string folder_;
  TreeStore& store_;
  Clock& clock_;
  EntropySource& entropy_;
};

}  // namespace accord
