#include "aggregation/secure/site/site_record.h"

#include <algorithm>
#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr size_t kPrefixBytes = 8;
constexpr size_t kHeadBytes = 32;
constexpr size_t kMaxPayloadBytes = 2 << 20;  // a signed set of kMaxCohort members takes 1.1 MiB

absl::string_view AsBytes(const Sha256Digest& digest) {
  return absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
}

Sha256Digest NextHead(const Sha256Digest& previous, absl::string_view payload) {
  return HashUnder(kSiteRecordDomain, absl::StrCat(AsBytes(previous), payload));
}

uint32_t CheckOf(const Sha256Digest& previous, uint32_t length) {
  FieldWriter writer;
  writer.Digest(previous).U32(length);
  return Crc32c(0, writer.bytes().data(), writer.bytes().size());
}

bool AllZero(absl::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

absl::Status Damaged(size_t offset, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the site's record is damaged at byte ", offset, ": ", what,
                                          "; what this site signed may be lost, so it must not take part until its "
                                          "record is whole again"));
}

// The entry at the start of `rest`, or why there is none.
struct Framed {
  bool torn = false;  // the file ends in it
  absl::string_view payload;
  absl::string_view head;
};

absl::StatusOr<Framed> Frame(absl::string_view rest, const Sha256Digest& previous, size_t offset) {
  // Files that were extended before their bytes were written read as zeros; no entry has the length zero.
  if (rest.size() < kPrefixBytes || AllZero(rest)) return Framed{true, {}, {}};
  FieldReader reader(rest.substr(0, kPrefixBytes), "record entry");
  const uint32_t length = reader.U32("length");
  if (reader.U32("check") != CheckOf(previous, length))
    return Damaged(offset, "an entry's length is not the written one");
  if (length > kMaxPayloadBytes) return Damaged(offset, "an entry is longer than any can be");
  if (rest.size() < kPrefixBytes + length + kHeadBytes) return Framed{true, {}, {}};
  return Framed{false, rest.substr(kPrefixBytes, length), rest.substr(kPrefixBytes + length, kHeadBytes)};
}

}  // namespace

SiteRecord::SiteRecord(absl::string_view site) : heads_{HashUnder(kSiteRecordDomain, site)} {}

absl::StatusOr<SiteRecord> SiteRecord::Replay(absl::string_view site, absl::string_view file) {
  SiteRecord record(site);
  while (record.valid_bytes_ < file.size()) {
    const size_t offset = record.valid_bytes_;
    ACCORD_ASSIGN_OR_RETURN(const Framed framed, Frame(file.substr(offset), record.head(), offset));
    if (framed.torn) break;
    if (AsBytes(NextHead(record.head(), framed.payload)) != framed.head) {
      return Damaged(offset, "an entry does not match its hash");
    }
    absl::StatusOr<RecordEntry> entry = ParseRecordEntry(framed.payload);
    if (!entry.ok()) return Damaged(offset, entry.status().message());
    record.Take(*entry, framed.payload);
  }
  return record;
}

std::string SiteRecord::Append(const RecordEntry& entry) { return Take(entry, Serialize(entry)); }

std::string SiteRecord::Take(const RecordEntry& entry, absl::string_view payload) {
  const Sha256Digest previous = head();
  heads_.push_back(NextHead(previous, payload));
  const uint32_t length = static_cast<uint32_t>(payload.size());
  FieldWriter writer;
  writer.U32(length).U32(CheckOf(previous, length)).Raw(payload).Digest(head());
  valid_bytes_ += writer.bytes().size();
  std::visit([this](const auto& value) { Add(value); }, entry);
  return std::move(writer).Take();
}

std::optional<Sha256Digest> SiteRecord::HeadAt(uint64_t sequence) const {
  if (sequence >= heads_.size()) return std::nullopt;
  return heads_[sequence];
}

uint32_t SiteRecord::LastNumber(absl::string_view job_id) const {
  const auto found = last_number_.find(job_id);
  return found == last_number_.end() ? 0 : found->second;
}

const Uploaded* SiteRecord::FindUploaded(const Sha256Digest& transcript) const {
  const auto found = uploaded_.find(transcript);
  return found == uploaded_.end() ? nullptr : &found->second;
}

std::optional<Signed> SiteRecord::FindSigned(const Sha256Digest& transcript) const {
  const auto found = signed_.find(transcript);
  if (found == signed_.end()) return std::nullopt;
  return std::get<Signed>(*ParseRecordEntry(found->second));  // Append wrote it
}

std::vector<Signed> SiteRecord::SignedAt(const Sha256Digest& place) const {
  std::vector<Signed> found;
  const auto transcripts = signed_at_.find(place);
  if (transcripts == signed_at_.end()) return found;
  for (const Sha256Digest& transcript : transcripts->second) found.push_back(*FindSigned(transcript));
  return found;
}

const Revealed* SiteRecord::LastRevealed(absl::string_view job_id) const {
  const auto found = last_revealed_.find(job_id);
  return found == last_revealed_.end() ? nullptr : &found->second;
}

void SiteRecord::NoteSeen(SeenLedger seen) {
  SeenLedger& known = seen_[seen.site];
  if (known.site.empty() || seen.sequence > known.sequence) known = std::move(seen);
}

std::vector<SeenLedger> SiteRecord::Seen() const {
  std::vector<SeenLedger> all;
  all.reserve(seen_.size());
  for (const auto& [site, seen] : seen_) all.push_back(seen);
  return all;
}

void SiteRecord::Add(const EpochOpened& entry) { RaiseNumber(entry.job_id, entry.epoch); }

void SiteRecord::Add(const Uploaded& entry) {
  RaiseNumber(entry.job_id, entry.attempt);
  uploaded_.emplace(entry.transcript, entry);
}

void SiteRecord::Add(const Signed& entry) {
  RaiseNumber(entry.job_id, entry.attempt);
  if (!signed_.emplace(entry.transcript, Serialize(RecordEntry(entry))).second) return;
  signed_at_[entry.place].push_back(entry.transcript);
  for (const SeenLedger& seen : entry.seen) NoteSeen(seen);
}

void SiteRecord::Add(const Revealed& entry) {
  RaiseNumber(entry.job_id, entry.attempt);
  Revealed& last = last_revealed_[entry.job_id];
  if (entry.attempt >= last.attempt) last = entry;
}

void SiteRecord::Add(const Voided& entry) { voided_.insert(entry.transcript); }

void SiteRecord::Add(const Freed& entry) { released_.insert(entry.transcript); }

void SiteRecord::RaiseNumber(const std::string& job_id, uint32_t number) {
  uint32_t& last = last_number_[job_id];
  last = std::max(last, number);
}

}  // namespace accord::secure
