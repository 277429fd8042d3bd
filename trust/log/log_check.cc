#include "trust/log/log_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "trust/log/merkle_proof.h"

namespace accord {

WholeLogCheck::WholeLogCheck(std::vector<KnownHead> known_heads, EntryVisitor visitor, StampVisitor stamp_visitor)
    : known_heads_(std::move(known_heads)), visitor_(std::move(visitor)), stamp_visitor_(std::move(stamp_visitor)) {}

bool WholeLogCheck::Fault(uint64_t first_index, uint64_t end_index, absl::string_view what) {
  // What is wrong at an earlier place comes first.
  fault_ = contradicted_.has_value() ? *contradicted_ : LogFault{first_index, end_index, num_lines_, std::string(what)};
  return false;
}

bool WholeLogCheck::Fail(absl::string_view what) { return !fault_.has_value() && FaultHere(what); }

bool WholeLogCheck::Take(absl::string_view line) {
  if (fault_.has_value()) return false;
  if (++num_lines_ == 1) return line == kLogTitle || FaultHere(absl::StrCat("the first line is not ", kLogTitle));
  if (absl::ConsumePrefix(&line, "entry: ")) return TakeEntry(line);
  if (absl::ConsumePrefix(&line, "head: ")) return TakeHead(line);
  if (absl::ConsumePrefix(&line, "stamp: ")) return TakeStamp(line);
  return FaultHere("expected a line 'entry:', 'head:' or 'stamp:'");
}

bool WholeLogCheck::TakeEntry(absl::string_view value) {
  last_signed_.reset();
  const auto on_line = ReadLogEntryValue(value);
  if (!on_line.ok()) return FaultHere(on_line.status().message());
  const auto entry = ParseLogEntry(on_line->bytes);
  if (!entry.ok()) return FaultHere(entry.status().message());
  if (!CheckNext(*entry)) return false;
  if (facts_.num_entries == 0 && !TakeFirstEntry(*on_line)) return false;
  const absl::Status appended = frontier_.Append(on_line->leaf);
  if (!appended.ok()) return FaultHere(appended.message());
  ++facts_.num_entries;
  ++facts_.entries_of_kind[static_cast<size_t>(entry->kind)];
  facts_.last_us = not_before_us_ = entry->unix_us;
  if (visitor_ != nullptr) visitor_(*entry);
  return CheckKnownHeads();
}

bool WholeLogCheck::CheckNext(const LogEntry& entry) {
  const uint64_t index = facts_.num_entries;
  if (entry.index != index) {
    return FaultHere(entry.index > index
                         ? absl::StrCat("entry ", index, " is not here: this one says that it is entry ", entry.index,
                                        ". Entries were dropped or moved")
                         : absl::StrCat("entry ", index, " is not here: this one says that it is entry ", entry.index,
                                        ". It was moved, or stands here again"));
  }
  if (index == 0) return true;
  if (entry.kind == LogEntryKind::kOpened) return FaultHere("the entry opens a log, which only the first one does");
  if (entry.project != facts_.identity->project()) {
    return FaultHere(
        absl::StrCat("the entry is of project ", entry.project, ", the log of ", facts_.identity->project()));
  }
  return entry.unix_us >= not_before_us_ ||
         FaultHere("the entry's time is before that of an entry or a signed head before it: it was dated back");
}

bool WholeLogCheck::TakeFirstEntry(const LogEntryOnLine& entry) {
  const auto identity = LogIdentity::FromFirstEntry(entry.bytes);
  if (!identity.ok()) return FaultHere(identity.status().message());
  facts_.identity = *identity;
  for (const KnownHead& known : known_heads_) {
    const auto head = identity->CheckHead(known.head);
    if (!head.ok()) return FaultHere(absl::StrCat("the head in ", known.where, ": ", head.status().message()));
    known_.emplace_back(*head, known.where);
  }
  std::stable_sort(known_.begin(), known_.end(),
                   [](const auto& a, const auto& b) { return a.first.tree_size < b.first.tree_size; });
  facts_.first_us = ParseLogEntry(entry.bytes)->unix_us;
  return true;
}

LogFault WholeLogCheck::UnlikeHead(const LogHead& head, absl::string_view where) const {
  LogFault fault{confirmed_, facts_.num_entries, num_lines_,
                 absl::StrCat("the head in ", where, ", signed by this log's key over ", head.tree_size,
                              " entries, is not of the entries that stand here")};
  if (confirmed_ == facts_.num_entries) {
    fault.first_index = 0;
    fault.is_fork = true;
    absl::StrAppend(&fault.what, ", and another head of as many entries is: the log's keeper has signed two stories");
  }
  return fault;
}

bool WholeLogCheck::CheckKnownHeads() {
  for (; next_known_ < known_.size() && known_[next_known_].first.tree_size == facts_.num_entries; ++next_known_) {
    const auto& [head, where] = known_[next_known_];
    if (contradicted_.has_value()) continue;
    if (head.root == frontier_.Root()) {
      confirmed_ = facts_.num_entries;
      not_before_us_ = std::max(not_before_us_, head.unix_us);
      ++facts_.num_known_heads;
      continue;
    }
    contradicted_ = UnlikeHead(head, where);
    if (contradicted_->is_fork) fault_ = contradicted_;
  }
  return !fault_.has_value();
}

bool WholeLogCheck::TakeHead(absl::string_view value) {
  const auto signed_head = ReadLogHeadValue(value);
  if (!signed_head.ok()) return FaultHere(signed_head.status().message());
  if (!facts_.identity.has_value()) return FaultHere("a head stands before the first entry");
  const auto head = facts_.identity->CheckHead(*signed_head);
  if (!head.ok()) return FaultHere(head.status().message());
  if (head->tree_size != facts_.num_entries) {
    return FaultHere(absl::StrCat("a signed head of ", head->tree_size, " entries stands behind ", facts_.num_entries,
                                  ": entries were dropped or added before it"));
  }
  if (head->unix_us < facts_.last_us) return FaultHere("the head was signed before the last entry was written");
  if (head->root != frontier_.Root()) {
    const LogFault unlike = UnlikeHead(*head, "this file");
    fault_ = contradicted_.has_value() ? contradicted_ : unlike;
    return false;
  }
  if (contradicted_.has_value()) {
    contradicted_->is_fork = true;
    absl::StrAppend(&contradicted_->what, ", and the head of ", head->tree_size,
                    " entries in this file, signed by the same key, is: the log's keeper has signed two stories");
    return Fault(0, 0, "");
  }
  confirmed_ = facts_.num_entries;
  not_before_us_ = std::max(not_before_us_, head->unix_us);
  ++facts_.num_heads;
  facts_.last_head = *head;
  last_signed_ = *signed_head;
  return true;
}

bool WholeLogCheck::TakeStamp(absl::string_view value) {
  const auto token = ReadLogStampValue(value);
  if (!token.ok()) return FaultHere(token.status().message());
  if (!last_signed_.has_value()) return FaultHere("a time stamp stands behind no head");
  const absl::Status taken = stamp_visitor_ == nullptr ? absl::OkStatus() : stamp_visitor_(*last_signed_, *token);
  if (!taken.ok()) {
    const uint64_t index = absl::IsOutOfRange(taken) ? stamped_ : facts_.num_entries - 1;
    return Fault(index, index + 1,
                 absl::StrCat("the time stamp on the head of ", facts_.num_entries, " entries: ", taken.message()));
  }
  ++facts_.num_stamps;
  stamped_ = facts_.num_entries;
  return true;
}

bool WholeLogCheck::Finish() {
  if (fault_.has_value()) return false;
  num_lines_ = 0;
  const uint64_t entries = facts_.num_entries;
  if (entries == 0) return FaultHere("the file holds no entry");
  const uint64_t covered = facts_.last_head.has_value() ? facts_.last_head->tree_size : 0;
  if (covered < entries) {
    return Fault(covered, entries, "no signed head covers the entries from here on: the end was cut off or added to");
  }
  if (next_known_ < known_.size()) {
    const auto& [head, where] = known_[next_known_];
    return FaultHere(absl::StrCat("the log ends here, but the head in ", where, " was signed over ", head.tree_size,
                                  " entries: the end was cut off, or the log is forked"));
  }
  return true;
}

absl::StatusOr<ShownEntry> CheckEntryProof(const EntryProof& proof) {
  ACCORD_ASSIGN_OR_RETURN(LogIdentity identity, LogIdentity::FromFirstEntry(proof.first_entry));
  ACCORD_ASSIGN_OR_RETURN(LogHead head, identity.CheckHead(proof.head));
  ACCORD_ASSIGN_OR_RETURN(LogEntry entry, ParseLogEntry(proof.entry));
  if (entry.project != identity.project()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the entry is of project ", entry.project, ", the log of ", identity.project()));
  }
  const bool is_first = entry.index == 0;
  if (is_first != (entry.kind == LogEntryKind::kOpened) || (is_first && proof.entry != proof.first_entry)) {
    return absl::InvalidArgumentError(absl::StrCat("entry ", entry.index, ", of kind ", LogEntryKindName(entry.kind),
                                                   ", has no place in the log that the first entry opens"));
  }
  if (entry.unix_us > head.unix_us) {
    return absl::InvalidArgumentError("the head was signed before the entry was written that it is to cover");
  }
  ACCORD_RETURN_IF_ERROR(VerifyInclusion(LogLeafHash(proof.entry), entry.index, head.tree(), proof.path));
  return ShownEntry{std::move(identity), std::move(entry), std::move(head)};
}

absl::StatusOr<ShownConsistency> CheckConsistencyProof(const ConsistencyProof& proof) {
  ACCORD_ASSIGN_OR_RETURN(LogIdentity identity, LogIdentity::FromFirstEntry(proof.first_entry));
  ACCORD_ASSIGN_OR_RETURN(LogHead earlier, identity.CheckHead(proof.earlier));
  ACCORD_ASSIGN_OR_RETURN(LogHead later, identity.CheckHead(proof.later));
  ACCORD_RETURN_IF_ERROR(VerifyConsistency(earlier.tree(), later.tree(), proof.path));
  return ShownConsistency{std::move(identity), std::move(earlier), std::move(later)};
}

bool AreForked(const LogHead& one, const LogHead& other) {
  return one.log_id == other.log_id && one.tree_size == other.tree_size && one.root != other.root;
}

ComparedHeads CompareHeads(absl::Span<const LogHead> one, absl::Span<const LogHead> other) {
  ComparedHeads compared;
  for (const LogHead& a : one) {
    for (const LogHead& b : other) {
      if (AreForked(a, b)) return {ComparedHeads::Kind::kForked, a.tree_size};
      if (a.tree_size == b.tree_size) compared.size = a.tree_size;
    }
  }
  if (compared.size == std::min(one.back().tree_size, other.back().tree_size)) {
    compared.kind = ComparedHeads::Kind::kAgree;
  }
  return compared;
}

}  // namespace accord
