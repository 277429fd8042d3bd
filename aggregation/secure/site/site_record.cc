#include "aggregation/secure/site/site_record.h"

#include <algorithm>
#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr size_t kMaxPayloadBytes = 2 << 20;  // a signed set of kMaxCohort members takes 1.1 MiB

absl::Status Untrusted(absl::string_view fault) {
  return absl::DataLossError(absl::StrCat("the site's record is ", fault,
                                          "; what this site signed may be lost, so it must not take part until its "
                                          "record is whole again"));
}

}  // namespace

SiteRecord::SiteRecord(absl::string_view site)
    : site_(site),
      chain_(kSiteRecordDomain, site, kMaxPayloadBytes),
      heads_{chain_.head()},
      stretches_{{0, 0}},
      peers_(std::string(site)) {}

absl::StatusOr<SiteRecord> SiteRecord::Replay(absl::string_view site, absl::string_view file) {
  SiteRecord record(site);
  while (record.valid_bytes() < file.size()) {
    const size_t offset = record.valid_bytes();
    const auto payload = record.chain_.Next(file.substr(offset));
    if (!payload.ok()) return Untrusted(payload.status().message());
    if (!payload->has_value()) break;
    absl::StatusOr<RecordEntry> entry = ParseRecordEntry(**payload);
    if (!entry.ok()) return Untrusted(absl::StrCat("damaged at byte ", offset, ": ", entry.status().message()));
    record.Take(*entry);
  }
  return record;
}

std::string SiteRecord::Append(const RecordEntry& entry) {
  std::string bytes = chain_.Append(Serialize(entry));
  Take(entry);
  return bytes;
}

void SiteRecord::Take(const RecordEntry& entry) {
  heads_.push_back(chain_.head());
  std::visit([this](const auto& value) { Add(value); }, entry);
}

std::optional<Sha256Digest> SiteRecord::HeadAt(uint64_t sequence) const {
  size_t end = heads_.size();
  for (auto stretch = stretches_.rbegin(); stretch != stretches_.rend(); ++stretch) {
    const uint64_t count = end - stretch->index;
    if (sequence >= stretch->first) {
      if (sequence - stretch->first >= count) return std::nullopt;
      return heads_[stretch->index + static_cast<size_t>(sequence - stretch->first)];
    }
    end = stretch->index;
  }
  return std::nullopt;
}

bool SiteRecord::Knows(uint64_t sequence, const Sha256Digest& head) const {
  return sequence <= lost_up_to_ || HeadAt(sequence) == head;
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
  last_cohort_ = entry.cohort;
  if (uploaded_.contains(entry.transcript) &&
      std::binary_search(entry.survivors.begin(), entry.survivors.end(), site_)) {
    contributed_.push_back({entry.job_id, entry.attempt, sequence()});
    if (contributed_.size() > kMostContributed) contributed_.pop_front();
  }
  for (const SeenLedger& seen : entry.seen) NoteSeen(seen);
}

void SiteRecord::Add(const Revealed& entry) {
  RaiseNumber(entry.job_id, entry.attempt);
  Revealed& last = last_revealed_[entry.job_id];
  if (entry.attempt >= last.attempt) last = entry;
}

void SiteRecord::Add(const Voided& entry) { voided_.insert(entry.transcript); }

void SiteRecord::Add(const Freed& entry) { released_.insert(entry.transcript); }

// Its own head is in heads_ already, with the number that follows: this gives it the one behind what is lost.
void SiteRecord::Add(const Lost& entry) {
  lost_jobs_.insert(entry.job_id);
  lost_up_to_ = std::max(lost_up_to_, entry.lost_up_to);
  stretches_.push_back({std::max(sequence(), entry.lost_up_to + 1), heads_.size() - 1});
}

void SiteRecord::RaiseNumber(const std::string& job_id, uint32_t number) {
  uint32_t& last = last_number_[job_id];
  last = std::max(last, number);
}

}  // namespace accord::secure
