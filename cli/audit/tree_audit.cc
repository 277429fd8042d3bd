#include "cli/audit/tree_audit.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/audit/log_reader.h"
#include "cli/audit/log_words.h"

namespace accord {
namespace {

struct HeldReceipt {
  std::string where;
  TreeReceipt receipt;
  ShownReceipt shown;
};

absl::StatusOr<HeldReceipt> HoldReceipt(const std::string& where, absl::string_view text) {
  auto receipt = TreeReceipt::Parse(text);
  if (!receipt.ok()) return Annotate(receipt.status(), where);
  auto shown = CheckTreeReceipt(*receipt);
  if (!shown.ok()) return Annotate(shown.status(), where);
  return HeldReceipt{where, *std::move(receipt), *std::move(shown)};
}

// Those that stand in the project's log, and those of the files, by tick. What else the log holds is looked at later.
absl::StatusOr<std::vector<HeldReceipt>> HoldReceipts(const TreeAuditOptions& options) {
  std::vector<HeldReceipt> held;
  absl::Status first_fault;
  const auto see = [&](const LogEntry& entry) {
    if (entry.kind != LogEntryKind::kReceipt || !first_fault.ok()) return;
    auto receipt = HoldReceipt(absl::StrCat(options.project, ": entry ", entry.index), entry.payload.bytes);
    first_fault = receipt.status();
    if (receipt.ok()) held.push_back(*std::move(receipt));
  };
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, LogReader::Open(options.project, {}, see));
  while (reader->NextEntry().has_value()) {
  }
  ACCORD_RETURN_IF_ERROR(first_fault);
  for (const std::string& path : options.receipts) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTreeReceiptBytes));
    ACCORD_ASSIGN_OR_RETURN(HeldReceipt receipt, HoldReceipt(path, text));
    held.push_back(std::move(receipt));
  }
  std::stable_sort(held.begin(), held.end(), [](const HeldReceipt& a, const HeldReceipt& b) {
    return a.shown.slot.tick_us < b.shown.slot.tick_us;
  });
  return held;
}

// Drops what is there twice, and finds what cannot stand beside what is before it.
absl::Status CheckOrder(std::vector<HeldReceipt>& held) {
  std::vector<HeldReceipt> kept;
  for (HeldReceipt& receipt : held) {
    if (!kept.empty()) {
      const bool is_again = kept.back().receipt.committed.head.bytes == receipt.receipt.committed.head.bytes &&
                            kept.back().receipt.in_tree.entry == receipt.receipt.in_tree.entry;
      if (is_again) continue;
      const absl::Status follows = CheckReceiptFollows(kept.back().shown, receipt.shown);
      if (!follows.ok()) {
        return Annotate(follows, absl::StrCat("between ", kept.back().where, " and ", receipt.where));
      }
    }
    kept.push_back(std::move(receipt));
  }
  held = std::move(kept);
  return absl::OkStatus();
}

absl::Status CheckId(const std::optional<LogIdentity>& identity, const std::string& id, const std::string& file) {
  if (!identity.has_value() || id.empty() || HexDigest(identity->id()) == id) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(file, ": its id is ", HexDigest(identity->id()), ", not the one that you trust (", id, ")"));
}

// Against the tree's own file: its shape, and that the receipts are of this one.
absl::Status CheckTree(const TreeAuditOptions& options, const std::vector<HeldReceipt>& held, TreeAudit& audit) {
  TreeShape shape;
  std::vector<KnownHead> known;
  std::set<std::string> heads;
  for (const HeldReceipt& receipt : held) {
    const SignedLogHead& head = receipt.receipt.in_tree.head;
    if (heads.insert(head.bytes).second) known.push_back({ReceiptInWords(receipt.shown.slot), head});
  }
  const auto see = [&shape](const LogEntry& entry) { shape.Take(entry).IgnoreError(); };
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, LogReader::Open(options.tree, known, see));
  while (reader->NextEntry().has_value()) {
  }
  audit.tree = reader->check().facts().identity;
  ACCORD_RETURN_IF_ERROR(CheckId(audit.tree, options.tree_id, options.tree));
  const absl::Status shaped = shape.Finish();
  audit.terms = shape.terms();
  audit.ticks_us = shape.ticks_us();
  if (reader->check().fault().has_value()) {
    audit.fault = absl::StrCat("The federation tree: ", FaultInWords(*reader->check().fault()));
  } else if (!shaped.ok()) {
    audit.fault = absl::StrCat("WRONG ", shaped.message(), "\n");
  }
  return absl::OkStatus();
}

// Against the project's own file: it goes through every head that was committed to.
absl::Status CheckProjectLog(const TreeAuditOptions& options, const std::vector<HeldReceipt>& held, TreeAudit& audit) {
  std::vector<KnownHead> known;
  for (const HeldReceipt& receipt : held) {
    known.push_back({ReceiptInWords(receipt.shown.slot), receipt.receipt.committed.head});
  }
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, LogReader::Open(options.project, known));
  while (reader->NextEntry().has_value()) {
  }
  audit.project = reader->check().facts().identity;
  audit.num_entries = reader->check().facts().num_entries;
  ACCORD_RETURN_IF_ERROR(CheckId(audit.project, options.log_id, options.project));
  if (!reader->check().fault().has_value() || !audit.fault.empty()) return absl::OkStatus();
  const LogFault& fault = *reader->check().fault();
  audit.fault = absl::StrCat("The project's log: ", FaultInWords(fault));
  for (const HeldReceipt& receipt : held) {
    if (!absl::StrContains(fault.what, ReceiptInWords(receipt.shown.slot))) continue;
    audit.wrong_tick_us = receipt.shown.slot.tick_us;
    absl::StrAppend(&audit.fault,
                    "The first tick of whose head the log is not: ", LogTimeInWords(receipt.shown.slot.tick_us),
                    ". Keep both files: the log was rewritten after it.\n");
    break;
  }
  return absl::OkStatus();
}

// The first tick from which on there was no receipt for too long; nullopt: none.
std::optional<uint64_t> FirstGap(const TreeAudit& audit, int hours) {
  const uint64_t most_us = static_cast<uint64_t>(hours) * 3'600'000'000;
  // A project that came later than the tree owes nothing for the time before.
  uint64_t before = audit.committed_us.front();
  for (const uint64_t tick : audit.committed_us) {
    if (tick - before > most_us) return before;
    before = tick;
  }
  const uint64_t end = audit.ticks_us.back();
  return end > before && end - before > most_us ? std::optional<uint64_t>(before) : std::nullopt;
}

}  // namespace

absl::StatusOr<TreeAudit> AuditAgainstTree(const TreeAuditOptions& options) {
  TreeAudit audit;
  ACCORD_ASSIGN_OR_RETURN(std::vector<HeldReceipt> held, HoldReceipts(options));
  const absl::Status ordered = CheckOrder(held);
  if (!ordered.ok()) {
    audit.fault = absl::StrCat("WRONG ", ordered.message(), "\n");
    return audit;
  }
  ACCORD_RETURN_IF_ERROR(CheckTree(options, held, audit));
  ACCORD_RETURN_IF_ERROR(CheckProjectLog(options, held, audit));
  for (const HeldReceipt& receipt : held) audit.committed_us.push_back(receipt.shown.slot.tick_us);
  if (!held.empty()) audit.last_committed = held.back().shown.head;
  if (audit.terms.has_value()) audit.missing = MissingTicks(*audit.terms, audit.ticks_us);
  audit.without = TicksWithout(audit.ticks_us, audit.committed_us);
  if (!audit.fault.empty() || options.committed_within_hours == 0) return audit;
  const bool has_none = held.empty() || audit.ticks_us.empty();
  const std::optional<uint64_t> gap = has_none ? std::nullopt : FirstGap(audit, options.committed_within_hours);
  if (has_none || gap.has_value()) {
    audit.fault = absl::StrCat("WRONG from ", has_none ? "the first tick" : LogTimeInWords(*gap),
                               " on: no receipt for more than ", options.committed_within_hours,
                               " hours, so nothing shows that the log was not rewritten since\n");
  }
  return audit;
}

}  // namespace accord
