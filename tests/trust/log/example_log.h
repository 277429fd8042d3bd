// A log of a few entries with the key that signs it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/trust/log/stored_tree.h"
#include "trust/identity/key_pair.h"
#include "trust/identity/signing.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"

namespace accord {

class ExampleLog {
 public:
  static constexpr uint64_t kStartUs = 1'700'000'000'000'000;

  // With its first entry alone.
  explicit ExampleLog(std::string project = "heart")
      : project_(std::move(project)), signer_(*KeyPairSigner::Create(*KeyPair::Generate())) {
    Append(*WriteFirstEntry(project_, kStartUs, signer_.public_key_der()));
  }
  ExampleLog(std::string project, uint64_t entries) : ExampleLog(std::move(project)) {
    while (entries_.size() < entries) AppendJob(absl::StrCat("job-", entries_.size()));
  }
  // The same log up to here, to be continued in another way.
  ExampleLog Fork(uint64_t entries) const {
    ExampleLog fork = *this;
    fork.entries_.resize(entries);
    fork.tree_ = StoredTree();
    for (const std::string& entry : fork.entries_) fork.tree_.Append(LogLeafHash(entry));
    return fork;
  }

  LogEntry Draft(const std::string& subject) const {
    LogEntry entry;
    entry.project = project_;
    entry.index = entries_.size();
    entry.unix_us = kStartUs + entries_.size() * 1000;
    entry.kind = LogEntryKind::kJob;
    entry.subject = subject;
    entry.payload = LogPayload::HashOf(subject);
    return entry;
  }
  void AppendJob(const std::string& subject) { Append(*WriteLogEntry(Draft(subject))); }
  void Append(std::string bytes) {
    tree_.Append(LogLeafHash(bytes));
    entries_.push_back(std::move(bytes));
  }

  LogHead Head(uint64_t size) const {
    return {project_, identity().id(), size, kStartUs + size * 1000, tree_.Head(size).root};
  }
  // Signed once, like a real one: a second signature of the same head would have other bytes.
  SignedLogHead SignedHead(uint64_t size) const {
    const LogHead head = Head(size);
    const auto [found, is_new] = signed_.try_emplace(head.root);
    if (is_new) found->second = *SignLogHead(head, signer_);
    return found->second;
  }
  SignedLogHead SignedHead() const { return SignedHead(entries_.size()); }

  // The file of the whole log, with a head behind each of these sizes.
  std::string Text(const std::vector<uint64_t>& heads) const {
    std::string text = absl::StrCat(kLogTitle, "\n");
    for (uint64_t size = 1; size <= entries_.size(); ++size) {
      absl::StrAppend(&text, LogEntryLine(LogLeafHash(entries_[size - 1]), entries_[size - 1]));
      for (const uint64_t head : heads) {
        if (head == size) absl::StrAppend(&text, LogHeadLine(SignedHead(size)));
      }
    }
    return text;
  }
  EntryProof ProofOfEntry(uint64_t index, uint64_t size) const {
    return {entries_[0], entries_[index], tree_.Inclusion(index, size), SignedHead(size)};
  }
  ConsistencyProof ProofOfGrowth(uint64_t first, uint64_t second) const {
    return {entries_[0], SignedHead(first), tree_.Consistency(first, second), SignedHead(second)};
  }
  HeadOfLog HeadFile(uint64_t size) const { return {entries_[0], SignedHead(size)}; }

  const std::vector<std::string>& entries() const { return entries_; }
  LogIdentity identity() const { return *LogIdentity::FromFirstEntry(entries_.front()); }
  const StoredTree& tree() const { return tree_; }
  const KeyPairSigner& signer() const { return signer_; }

 private:
  std::string project_;
  std::vector<std::string> entries_;
  StoredTree tree_;
  KeyPairSigner signer_;
  mutable std::map<Sha256Digest, SignedLogHead> signed_;  // by their roots
};

}  // namespace accord
