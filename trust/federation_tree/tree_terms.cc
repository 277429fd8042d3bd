#include "trust/federation_tree/tree_terms.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/domain_hash.h"
#include "base/fields.h"
#include "base/status.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr absl::string_view kCommitmentDomain = "accord/v1/project-head";

absl::Status Fault(uint64_t index, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("entry ", index, " of the federation tree ", what));
}

std::string InWords(uint64_t unix_us) { return FormatUtc(absl::FromUnixMicros(static_cast<int64_t>(unix_us))); }

}  // namespace

absl::Status TreeTerms::Check() const {
  if (slots < kMinTreeSlots || slots > kMaxTreeSlots) {
    return absl::InvalidArgumentError(
        absl::StrCat("slots is ", slots, "; expected ", kMinTreeSlots, " to ", kMaxTreeSlots));
  }
  if (cadence_s >= kMinTreeCadenceS && cadence_s <= kMaxTreeCadenceS) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("cadence is ", cadence_s, " s; expected ", kMinTreeCadenceS, " to ", kMaxTreeCadenceS));
}

uint64_t TickAt(const TreeTerms& terms, absl::Time now) {
  const auto now_us = static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMicros(now), 0));
  return now_us - now_us % terms.cadence_us();
}

absl::StatusOr<CommitmentSalt> DrawCommitmentSalt(EntropySource& entropy) {
  CommitmentSalt salt;
  ACCORD_RETURN_IF_ERROR(entropy.Fill(absl::MakeSpan(salt)));
  return salt;
}

SlotPayload SlotPayload::OfHead(const TreeTerms& terms, const CommitmentSalt& salt, absl::string_view head_bytes) {
  const FieldWriter committed = FieldWriter().Raw(absl::MakeConstSpan(salt)).Raw(head_bytes);
  return {terms, HashUnder(kCommitmentDomain, committed.bytes())};
}

absl::StatusOr<SlotPayload> SlotPayload::OfNothing(const TreeTerms& terms, EntropySource& entropy) {
  ACCORD_ASSIGN_OR_RETURN(const CommitmentSalt salt, DrawCommitmentSalt(entropy));
  return OfHead(terms, salt, "");
}

std::string SlotPayload::Write() const {
  FieldWriter writer;
  writer.Version().U32(terms.slots).U32(terms.cadence_s).Digest(commitment);
  return std::move(writer).Take();
}

absl::StatusOr<SlotPayload> SlotPayload::Parse(absl::string_view bytes) {
  FieldReader reader(bytes, "slot of a federation tree");
  SlotPayload payload;
  reader.Version();
  payload.terms.slots = reader.U32("slots");
  payload.terms.cadence_s = reader.U32("cadence");
  payload.commitment = reader.Digest("commitment");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  ACCORD_RETURN_IF_ERROR(payload.terms.Check());
  return payload;
}

absl::StatusOr<SlotEntry> ReadSlotEntry(const LogEntry& entry) {
  if (entry.index == 0 || entry.kind != LogEntryKind::kProjectHead || entry.payload.form != PayloadForm::kBytes) {
    return Fault(entry.index, absl::StrCat("is of kind ", LogEntryKindName(entry.kind),
                                           "; expected project-head, as all behind the first are"));
  }
  if (!entry.subject.empty() || !entry.names.empty())
    return Fault(entry.index, "has a subject or names; expected none");
  const auto payload = SlotPayload::Parse(entry.payload.bytes);
  if (!payload.ok()) return Fault(entry.index, payload.status().message());
  if (entry.unix_us % payload->terms.cadence_us() != 0) {
    return Fault(entry.index, absl::StrCat("is of ", InWords(entry.unix_us), ", which is no multiple of ",
                                           payload->terms.cadence_s, " s since 1970"));
  }
  return SlotEntry{*payload, static_cast<uint32_t>((entry.index - 1) % payload->terms.slots), entry.unix_us};
}

absl::Status TreeShape::Take(const LogEntry& entry) {
  if (status_.ok()) status_ = Check(entry);
  return status_;
}

absl::Status TreeShape::Check(const LogEntry& entry) {
  if (entry.index != next_index_)
    return Fault(entry.index, absl::StrCat("stands where entry ", next_index_, " should"));
  ++next_index_;
  if (entry.index == 0) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const SlotEntry slot, ReadSlotEntry(entry));
  if (!terms_.has_value()) terms_ = slot.payload.terms;
  if (slot.payload.terms != *terms_) return Fault(entry.index, "has other slots or another cadence than those before");
  if (slot.slot != 0) {
    return slot.tick_us == ticks_us_.back() ? absl::OkStatus()
                                            : Fault(entry.index, "is of another moment than its tick's first");
  }
  if (!ticks_us_.empty() && slot.tick_us <= ticks_us_.back()) {
    return Fault(entry.index, absl::StrCat("begins a second tick of ", InWords(slot.tick_us)));
  }
  ticks_us_.push_back(slot.tick_us);
  return absl::OkStatus();
}

absl::Status TreeShape::Finish() {
  if (!status_.ok() || !terms_.has_value() || (next_index_ - 1) % terms_->slots == 0) return status_;
  return Fault(next_index_ - 1, absl::StrCat("is the last, and its tick is not whole; expected ", terms_->slots,
                                             " entries of ", InWords(ticks_us_.back())));
}

std::vector<TickRange> MissingTicks(const TreeTerms& terms, const std::vector<uint64_t>& ticks_us) {
  std::vector<TickRange> missing;
  const uint64_t step = terms.cadence_us();
  for (size_t i = 1; i < ticks_us.size(); ++i) {
    const uint64_t between = (ticks_us[i] - ticks_us[i - 1]) / step - 1;
    if (between > 0) missing.push_back({ticks_us[i - 1] + step, ticks_us[i] - step, between});
  }
  return missing;
}

std::vector<TickRange> TicksWithout(const std::vector<uint64_t>& ticks_us, const std::vector<uint64_t>& committed_us) {
  std::vector<TickRange> without;
  bool is_open = false;
  for (const uint64_t tick : ticks_us) {
    if (committed_us.empty() || tick < committed_us.front()) continue;
    if (std::binary_search(committed_us.begin(), committed_us.end(), tick)) {
      is_open = false;
      continue;
    }
    if (!is_open) without.push_back({tick, tick, 0});
    is_open = true;
    without.back().last_us = tick;
    ++without.back().count;
  }
  return without;
}

}  // namespace accord
