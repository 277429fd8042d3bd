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

// What is kept of each receipt; years of them are held at once.
struct HeldReceipt {
  std::string where;
  ReceiptPlace place;
  SignedLogHead committed;
};

// The receipts that were shown, each once, and every head of the tree that came with one of them. The same commitment
// may come with two heads, or in two trees: then they convict the tree's keeper, so neither goes for the other.
class HeldReceipts {
 public:
  absl::Status Take(const std::string& where, absl::string_view text) {
    auto receipt = TreeReceipt::Parse(text);
    if (!receipt.ok()) return Annotate(receipt.status(), where);
    const auto shown = CheckTreeReceipt(*receipt);
    if (!shown.ok()) return Annotate(shown.status(), where);
    SignedLogHead& committed = receipt->committed.head;
    SignedLogHead& tree_head = receipt->in_tree.head;
    if (seen_.insert(Sha256(absl::StrCat("head", HexDigest(shown->tree.id()), tree_head.bytes))).second) {
      tree_heads_.push_back({ReceiptInWords(shown->slot), std::move(tree_head)});
    }
    const std::string entry = Sha256Hex(receipt->in_tree.entry);
    if (seen_.insert(Sha256(absl::StrCat("entry", HexDigest(shown->tree.id()), entry, committed.bytes))).second) {
      receipts_.push_back({where, PlaceOf(*shown), std::move(committed)});
    }
    return absl::OkStatus();
  }

  // Finds what cannot stand beside what is before it.
  absl::Status CheckOrder() {
    std::stable_sort(receipts_.begin(), receipts_.end(), [](const HeldReceipt& a, const HeldReceipt& b) {
      return a.place.slot.tick_us < b.place.slot.tick_us;
    });
    for (size_t i = 1; i < receipts_.size(); ++i) {
      const HeldReceipt &earlier = receipts_[i - 1], &later = receipts_[i];
      const absl::Status follows = CheckReceiptFollows(earlier.place, later.place);
      if (!follows.ok()) return Annotate(follows, absl::StrCat("between ", earlier.where, " and ", later.where));
    }
    return absl::OkStatus();
  }

  const std::vector<HeldReceipt>& receipts() const { return receipts_; }
  const std::vector<KnownHead>& tree_heads() const { return tree_heads_; }

 private:
  std::set<Sha256Digest> seen_;
  std::vector<HeldReceipt> receipts_;
  std::vector<KnownHead> tree_heads_;
};

// Those that stand in the project's log, and those of the files. What else the log holds is looked at later.
absl::StatusOr<HeldReceipts> HoldReceipts(const TreeAuditOptions& options) {
  HeldReceipts held;
  absl::Status first_fault;
  const auto see = [&](const LogEntry& entry) {
    if (entry.kind != LogEntryKind::kReceipt || !first_fault.ok()) return;
    first_fault = held.Take(absl::StrCat(options.project, ": entry ", entry.index), entry.payload.bytes);
  };
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, LogReader::Open(options.project, {}, see));
  while (reader->NextEntry().has_value()) {
  }
  ACCORD_RETURN_IF_ERROR(first_fault);
  for (const std::string& path : options.receipts) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTreeReceiptBytes));
    ACCORD_RETURN_IF_ERROR(held.Take(path, text));
  }
  return held;
}

absl::Status CheckId(const std::optional<LogIdentity>& identity, const std::string& id, const std::string& file) {
  if (!identity.has_value() || id.empty() || HexDigest(identity->id()) == id) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(file, ": its id is ", HexDigest(identity->id()), ", not the one that you trust (", id, ")"));
}

// Against the tree's own file: its shape, and that the receipts are of this one.
absl::Status CheckTree(const TreeAuditOptions& options, const std::vector<KnownHead>& known, TreeAudit& audit) {
  TreeShape shape;
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
    known.push_back({ReceiptInWords(receipt.place.slot), receipt.committed});
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
    if (!absl::StrContains(fault.what, ReceiptInWords(receipt.place.slot))) continue;
    audit.wrong_tick_us = receipt.place.slot.tick_us;
    absl::StrAppend(&audit.fault,
                    "The first tick of whose head the log is not: ", LogTimeInWords(receipt.place.slot.tick_us),
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
  ACCORD_ASSIGN_OR_RETURN(HeldReceipts all, HoldReceipts(options));
  const absl::Status ordered = all.CheckOrder();
  if (!ordered.ok()) {
    audit.fault = absl::StrCat("WRONG ", ordered.message(), "\n");
    return audit;
  }
  const std::vector<HeldReceipt>& held = all.receipts();
  ACCORD_RETURN_IF_ERROR(CheckTree(options, all.tree_heads(), audit));
  ACCORD_RETURN_IF_ERROR(CheckProjectLog(options, held, audit));
  for (const HeldReceipt& receipt : held) audit.committed_us.push_back(receipt.place.slot.tick_us);
  if (!held.empty()) {
    ACCORD_ASSIGN_OR_RETURN(audit.last_committed, ParseLogHead(held.back().committed.bytes));
  }
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
