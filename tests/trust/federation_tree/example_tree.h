// A federation tree of a few ticks, with the openings of its one project's commitments.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/seeded_entropy.h"
#include "tests/trust/log/example_log.h"
#include "trust/federation_tree/receipt.h"
#include "trust/federation_tree/tree_terms.h"

namespace accord {

class ExampleTree {
 public:
  static constexpr uint64_t kFirstTickUs = 1'700'002'800'000'000;  // a whole hour after ExampleLog::kStartUs

  explicit ExampleTree(TreeTerms terms = {4, 3600}, uint32_t slot = 2)
      : terms_(terms), slot_(slot), signer_(*KeyPairSigner::Create(*KeyPair::Generate())) {
    Append(*WriteFirstEntry("tree", ExampleLog::kStartUs, signer_.public_key_der()));
  }

  uint64_t TickUs(uint64_t tick) const { return kFirstTickUs + tick * terms_.cadence_us(); }

  // The `tick`-th moment, with this head of the project's log in its slot.
  void Tick(uint64_t tick, const std::optional<HeadOfLog>& head) {
    last_us_ = TickUs(tick);
    for (uint32_t slot = 0; slot < terms_.slots; ++slot) {
      SlotPayload payload = *SlotPayload::OfNothing(terms_, entropy_);
      if (slot == slot_ && head.has_value()) {
        const CommitmentSalt salt = *DrawCommitmentSalt(entropy_);
        payload = SlotPayload::OfHead(terms_, salt, head->head.bytes);
        opened_[tick] = {entries_.size(), salt, *head};
      }
      Append(*WriteLogEntry(Draft(payload)));
    }
  }
  LogEntry Draft(const SlotPayload& payload) const {
    LogEntry entry;
    entry.project = "tree";
    entry.index = entries_.size();
    entry.unix_us = last_us_;
    entry.kind = LogEntryKind::kProjectHead;
    entry.payload = LogPayload::Bytes(payload.Write());
    return entry;
  }
  void Append(std::string bytes) {
    tree_.Append(LogLeafHash(bytes));
    entries_.push_back(std::move(bytes));
  }

  TreeReceipt Receipt(uint64_t tick) const {
    const auto& [entry, salt, head] = opened_.at(tick);
    return {salt, head, {entries_[0], entries_[entry], tree_.Inclusion(entry, entries_.size()), Head()}};
  }
  // The same commitment with a head of another story under the same key: one that has an entry more.
  TreeReceipt ForkedReceipt(uint64_t tick) const {
    StoredTree fork = tree_;
    fork.Append(LogLeafHash("another story"));
    const MerkleHead head = fork.Head(entries_.size() + 1);
    TreeReceipt receipt = Receipt(tick);
    receipt.in_tree.path = fork.Inclusion(opened_.at(tick).entry, head.size);
    receipt.in_tree.head = Sign(head);
    return receipt;
  }
  SignedLogHead Head() const { return Sign(tree_.Head(entries_.size())); }
  LogIdentity identity() const { return *LogIdentity::FromFirstEntry(entries_.front()); }
  const std::vector<std::string>& entries() const { return entries_; }
  // The file of the whole tree.
  std::string Text() const {
    std::string text = absl::StrCat(kLogTitle, "\n");
    for (const std::string& entry : entries_) absl::StrAppend(&text, LogEntryLine(LogLeafHash(entry), entry));
    return absl::StrCat(text, LogHeadLine(Head()));
  }

 private:
  SignedLogHead Sign(const MerkleHead& head) const {
    return *SignLogHead({"tree", identity().id(), head.size, last_us_, head.root}, signer_);
  }

  struct Opened {
    uint64_t entry = 0;
    CommitmentSalt salt = {};
    HeadOfLog head;
  };
  TreeTerms terms_;
  uint32_t slot_;
  KeyPairSigner signer_;
  SeededEntropy entropy_{7};
  StoredTree tree_;
  std::vector<std::string> entries_;
  uint64_t last_us_ = ExampleLog::kStartUs;
  std::map<uint64_t, Opened> opened_;
};

}  // namespace accord
