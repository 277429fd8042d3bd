#include "coordinator/federation_tree/project_receipts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/charter/utc_time.h"
#include "trust/log/merkle_proof.h"

namespace accord {
namespace {

struct Receipt {
  std::string text;
  std::string tree_entry;
  ShownReceipt shown;
};

absl::StatusOr<Receipt> ReadReceipt(std::string text) {
  ACCORD_ASSIGN_OR_RETURN(TreeReceipt receipt, TreeReceipt::Parse(text));
  ACCORD_ASSIGN_OR_RETURN(ShownReceipt shown, CheckTreeReceipt(receipt));
  return Receipt{std::move(text), std::move(receipt.in_tree.entry), std::move(shown)};
}

// The last that is in the log in front of entry `before`, which becomes its index; nullopt: none.
absl::StatusOr<std::optional<Receipt>> LastReceiptBefore(FederationLog& log, uint64_t& before) {
  ACCORD_ASSIGN_OR_RETURN(const auto index, log.rows().LastOfKind(log.project(), LogEntryKind::kReceipt, before));
  if (!index.has_value()) return std::nullopt;
  before = *index;
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, log.rows().Entry(log.project(), *index));
  ACCORD_ASSIGN_OR_RETURN(LogEntry entry, ParseLogEntry(bytes));
  auto receipt = ReadReceipt(std::move(entry.payload.bytes));
  if (!receipt.ok()) return Annotate(receipt.status(), absl::StrCat("entry ", *index, " of the log"));
  return *std::move(receipt);
}

absl::StatusOr<std::optional<Receipt>> LastReceipt(FederationLog& log) {
  ACCORD_ASSIGN_OR_RETURN(uint64_t before, log.rows().Size(log.project()));
  return LastReceiptBefore(log, before);
}

// The tree's entries, of ticks from `from_us` on, of which the log has the receipt.
absl::StatusOr<std::set<std::string>> TreeEntriesInLog(FederationLog& log, uint64_t from_us) {
  std::set<std::string> entries;
  ACCORD_ASSIGN_OR_RETURN(uint64_t before, log.rows().Size(log.project()));
  while (true) {
    ACCORD_ASSIGN_OR_RETURN(std::optional<Receipt> receipt, LastReceiptBefore(log, before));
    if (!receipt.has_value() || receipt->shown.slot.tick_us < from_us) return entries;
    entries.insert(std::move(receipt->tree_entry));
  }
}

absl::StatusOr<LogHead> LastHeadOf(FederationLog& log) {
  ACCORD_ASSIGN_OR_RETURN(const SignedLogHead last, log.rows().LastHead(log.project()));
  return log.identity().CheckHead(last);
}

// The proof that the log continues `earlier`, which its key has signed.
absl::StatusOr<std::vector<Sha256Digest>> ProveContinues(FederationLog& log, const LogHead& earlier,
                                                         const LogHead& last) {
  absl::StatusOr<std::vector<Sha256Digest>> path = absl::OutOfRangeError("");
  if (earlier.tree_size <= last.tree_size) {
    path = log.rows().ProveGrowth(log.project(), earlier.tree_size, last.tree_size);
  }
  if (!path.ok() && !absl::IsOutOfRange(path.status())) return path.status();
  if (path.ok() && VerifyConsistency(earlier.tree(), last.tree(), *path).ok()) return path;
  return absl::FailedPreconditionError(absl::StrCat(
      "this log's key has signed a head of ", earlier.tree_size, " entries that this log of ", last.tree_size,
      " entries does not continue: state_dir is an older copy, or the log was rewritten. Stop this coordinator and put "
      "the newer folder back"));
}

// One that would bind the log to another tree, or shut out all ticks between now and its own.
absl::Status CheckTreeAndTick(const ShownReceipt& shown, const std::optional<Sha256Digest>& tree, absl::Time now) {
  if (tree.has_value() && shown.tree.id() != *tree) {
    return absl::InvalidArgumentError(absl::StrCat("it is of the federation tree ", HexDigest(shown.tree.id()),
                                                   ", not of ", HexDigest(*tree), ", which --tree-id names"));
  }
  const absl::Time tick = absl::FromUnixMicros(static_cast<int64_t>(shown.slot.tick_us));
  if (tick <= now + absl::Seconds(shown.slot.payload.terms.cadence_s)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(ReceiptInWords(shown.slot),
                                                 " is dated ahead of this clock, which is at ", FormatUtc(now),
                                                 ": set the clock right, or ask the tree's institution"));
}

// What was brought, each good by itself, by tick.
absl::StatusOr<std::vector<Receipt>> ReadReceipts(FederationLog& log, std::vector<NamedReceipt> receipts,
                                                  const std::optional<Sha256Digest>& tree, absl::Time now) {
  std::vector<Receipt> read;
  ACCORD_ASSIGN_OR_RETURN(const LogHead last, LastHeadOf(log));
  for (NamedReceipt& named : receipts) {
    auto receipt = ReadReceipt(std::move(named.text));
    if (!receipt.ok()) return Annotate(receipt.status(), named.where);
    if (receipt->shown.project.id() != log.identity().id()) {
      return absl::InvalidArgumentError(
          absl::StrCat(named.where, ": it is of another log than this coordinator keeps"));
    }
    ACCORD_RETURN_IF_ERROR(Annotate(CheckTreeAndTick(receipt->shown, tree, now), named.where));
    ACCORD_RETURN_IF_ERROR(Annotate(ProveContinues(log, receipt->shown.head, last).status(), named.where));
    read.push_back(*std::move(receipt));
  }
  std::sort(read.begin(), read.end(),
            [](const Receipt& a, const Receipt& b) { return a.shown.slot.tick_us < b.shown.slot.tick_us; });
  return read;
}

}  // namespace

absl::StatusOr<HeadOfLog> LastHeadFile(FederationLog& log) {
  ACCORD_ASSIGN_OR_RETURN(SignedLogHead last, log.rows().LastHead(log.project()));
  return HeadOfLog{log.identity().first_entry(), std::move(last)};
}

absl::StatusOr<WrittenHandIn> WriteHandIn(FederationLog& log, const std::optional<HeadOfLog>& since) {
  ACCORD_ASSIGN_OR_RETURN(HeadOfLog last, LastHeadFile(log));
  ACCORD_ASSIGN_OR_RETURN(LogHead head, log.identity().CheckHead(last.head));
  std::optional<SignedLogHead> earlier;
  if (since.has_value()) {
    earlier = since->head;
  } else {
    ACCORD_ASSIGN_OR_RETURN(const std::optional<Receipt> receipt, LastReceipt(log));
    if (receipt.has_value()) earlier = TreeReceipt::Parse(receipt->text)->committed.head;
  }
  if (!earlier.has_value()) return WrittenHandIn{last.Write(), std::move(head)};
  ACCORD_ASSIGN_OR_RETURN(const LogHead from, log.identity().CheckHead(*earlier));
  ACCORD_ASSIGN_OR_RETURN(std::vector<Sha256Digest> path, ProveContinues(log, from, head));
  const ConsistencyProof proof{last.first_entry, *std::move(earlier), std::move(path), std::move(last.head)};
  return WrittenHandIn{proof.Write(), std::move(head)};
}

absl::StatusOr<EnteredReceipts> EnterReceipts(FederationLog& log, std::vector<NamedReceipt> receipts,
                                              const std::optional<Sha256Digest>& tree, absl::Time now) {
  ACCORD_ASSIGN_OR_RETURN(std::optional<Receipt> before, LastReceipt(log));
  if (!before.has_value() && !tree.has_value()) {
    return absl::FailedPreconditionError(
        "this log has no receipt yet, and the first binds it to one federation tree for ever: say which with "
        "--tree-id, "
        "the id that the tree's institution tells you (accord-coordinator federation-tree show)");
  }
  ACCORD_ASSIGN_OR_RETURN(std::vector<Receipt> read, ReadReceipts(log, std::move(receipts), tree, now));
  EnteredReceipts counted;
  if (read.empty()) return counted;
  std::set<std::string> known;
  if (before.has_value() && read.front().shown.slot.tick_us <= before->shown.slot.tick_us) {
    ACCORD_ASSIGN_OR_RETURN(known, TreeEntriesInLog(log, read.front().shown.slot.tick_us));
  }
  std::vector<LogDraft> drafts;
  for (Receipt& receipt : read) {
    const uint64_t tick_us = receipt.shown.slot.tick_us;
    if (before.has_value()) {
      const absl::Status follows = CheckReceiptFollows(before->shown, receipt.shown);
      // One that convicts the tree's keeper is not passed over, whatever tick it is of.
      if (absl::IsAborted(follows)) return follows;
      if (tick_us <= before->shown.slot.tick_us) {
        ++(known.contains(receipt.tree_entry) ? counted.known : counted.passed);
        continue;
      }
      ACCORD_RETURN_IF_ERROR(follows);
    }
    drafts.push_back({LogEntryKind::kReceipt, "", LogPayload::Bytes(receipt.text), {}});
    known.insert(receipt.tree_entry);
    before = std::move(receipt);
  }
  counted.entered = drafts.size();
  ACCORD_RETURN_IF_ERROR(log.rows().Append(log.project(), drafts, now).status());
  return counted;
}

}  // namespace accord
