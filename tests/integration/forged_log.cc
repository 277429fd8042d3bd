#include "tests/integration/forged_log.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/private_file.h"
#include "base/status.h"
#include "trust/identity/key_pair.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_file.h"
#include "trust/log/log_head.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

constexpr size_t kMostBytesOfFile = size_t{16} << 20;

// Entries that moved say where they are, so that the forged log is one that anybody could read.
void NumberAnew(std::vector<std::string>& entries) {
  for (size_t index = 0; index < entries.size(); ++index) {
    auto entry = ParseLogEntry(entries[index]);
    if (!entry.ok() || entry->index == index) continue;
    entry->index = index;
    entries[index] = WriteLogEntry(*entry).value_or("");
  }
}

class ForgedTree {
 public:
  explicit ForgedTree(const std::vector<std::string>& entries) : size_(entries.size()) {
    for (const std::string& entry : entries) {
      status_.Update(frontier_.Append(LogLeafHash(entry), [this](const MerkleNode& node, const Sha256Digest& hash) {
        nodes_[{node.level, node.index}] = hash;
      }));
    }
  }
  Sha256Digest Root() const { return frontier_.Root(); }
  absl::StatusOr<std::vector<Sha256Digest>> ProofFrom(uint64_t first) const {
    ACCORD_RETURN_IF_ERROR(status_);
    return ProveConsistency(first, size_, [this](const MerkleNode& node) -> absl::StatusOr<Sha256Digest> {
      const auto found = nodes_.find({node.level, node.index});
      if (found == nodes_.end()) return absl::NotFoundError("the forged tree has no such node");
      return found->second;
    });
  }

 private:
  const uint64_t size_;
  absl::Status status_;
  MerkleFrontier frontier_;
  std::map<std::pair<uint32_t, uint64_t>, Sha256Digest> nodes_;
};

}  // namespace

ForgedLog::Change ForgedLog::Rewritten(size_t index) {
  return [index](std::vector<std::string>& entries) {
    if (entries.size() <= index) return;
    auto entry = ParseLogEntry(entries[index]);
    if (!entry.ok()) return;
    ++entry->unix_us;
    entries[index] = WriteLogEntry(*entry).value_or("");
  };
}

ForgedLog::Change ForgedLog::Without(size_t index) {
  return [index](std::vector<std::string>& entries) {
    if (entries.size() <= index) return;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(index));
    NumberAnew(entries);
  };
}

ForgedLog::Change ForgedLog::Swapped(size_t index) {
  return [index](std::vector<std::string>& entries) {
    if (entries.size() <= index + 1) return;
    std::swap(entries[index], entries[index + 1]);
    NumberAnew(entries);
  };
}

absl::StatusOr<std::unique_ptr<ForgedLog>> ForgedLog::Of(bench::Federation& federation, Change change) {
  ACCORD_ASSIGN_OR_RETURN(const PrivateFile file,
                          ReadPrivateFile(federation.folder() + "/coordinator/state/log.key", kMostBytesOfFile));
  ACCORD_ASSIGN_OR_RETURN(const KeyPair key, KeyPair::FromPem(file.content));
  ACCORD_ASSIGN_OR_RETURN(KeyPairSigner signer, KeyPairSigner::Create(key));
  return std::unique_ptr<ForgedLog>(new ForgedLog(federation, std::move(signer), std::move(change)));
}

absl::StatusOr<std::vector<std::string>> ForgedLog::Entries(uint64_t size) {
  if (real_.size() < size) {
    const std::string path = federation_.folder() + "/to-be-forged.log";
    ACCORD_RETURN_IF_ERROR(federation_.Coordinator({"log", "export", "--out", path}).status());
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMostBytesOfFile));
    real_.clear();
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
      if (!absl::ConsumePrefix(&line, "entry: ")) continue;
      ACCORD_ASSIGN_OR_RETURN(LogEntryOnLine entry, ReadLogEntryValue(line));
      real_.push_back(std::move(entry.bytes));
    }
  }
  if (real_.size() < size) {
    return absl::OutOfRangeError(absl::StrCat("the log has ", real_.size(), " entries, and ", size, " are asked for"));
  }
  std::vector<std::string> entries(real_.begin(), real_.begin() + static_cast<std::ptrdiff_t>(size));
  change_(entries);
  return entries;
}

absl::StatusOr<v1::SignedLogHead> ForgedLog::Head(uint64_t size) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> entries, Entries(size));
  ACCORD_ASSIGN_OR_RETURN(const LogIdentity identity, LogIdentity::FromFirstEntry(entries.front()));
  ACCORD_ASSIGN_OR_RETURN(const LogEntry last, ParseLogEntry(entries.back()));
  ACCORD_ASSIGN_OR_RETURN(SignedLogHead signed_head, SignLogHead({identity.project(), identity.id(), entries.size(),
                                                                  last.unix_us, ForgedTree(entries).Root()},
                                                                 signer_));
  v1::SignedLogHead head;
  head.set_head(std::move(signed_head.bytes));
  head.set_signature(std::move(signed_head.signature));
  return head;
}

absl::Status ForgedLog::ForgeHead(v1::SignedLogHead& head) {
  ACCORD_ASSIGN_OR_RETURN(const LogHead real, ParseLogHead(head.head()));
  ACCORD_ASSIGN_OR_RETURN(head, Head(real.tree_size));
  return absl::OkStatus();
}

absl::Status ForgedLog::ForgeProof(v1::LogProof& proof) {
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> entries, Entries(proof.second()));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<Sha256Digest> hashes, ForgedTree(entries).ProofFrom(proof.first()));
  proof.set_second(entries.size());
  proof.clear_hashes();
  for (const Sha256Digest& hash : hashes) proof.add_hashes(hash.data(), hash.size());
  return absl::OkStatus();
}

absl::Status ForgedLog::Forge(v1::CoordinatorMessage& message) {
  if (message.has_welcome()) {
    v1::Welcome& welcome = *message.mutable_welcome();
    ACCORD_RETURN_IF_ERROR(ForgeHead(*welcome.mutable_log_head()));
    if (welcome.has_log_proof()) return ForgeProof(*welcome.mutable_log_proof());
  }
  if (message.has_log_proof()) return ForgeProof(*message.mutable_log_proof());
  if (message.has_plan()) return ForgeHead(*message.mutable_plan()->mutable_log_head());
  return absl::OkStatus();
}

}  // namespace accord
