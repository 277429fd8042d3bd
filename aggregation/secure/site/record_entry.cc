#include "aggregation/secure/site/record_entry.h"

#include <algorithm>
#include <utility>

#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr absl::string_view kWhat = "record entry";
constexpr size_t kMinMemberBytes = 5;     // a length and a flag
constexpr size_t kMinSeenBytes = 4 + 40;  // a length, a sequence, a head
constexpr uint64_t kMostEntries = uint64_t{1} << 62;  // numbers go on behind it and never wrap

enum Kind : uint8_t { kEpochOpened = 1, kUploaded, kSignedWithoutCap, kRevealed, kVoided, kSigned, kFreed, kLost };

void Write(const EpochOpened& entry, FieldWriter& writer) {
  writer.U8(kEpochOpened).String(entry.job_id).U32(entry.epoch);
}

void Write(const Uploaded& entry, FieldWriter& writer) {
  writer.U8(kUploaded).String(entry.job_id).U32(entry.attempt).Digest(entry.transcript).Digest(entry.vector_name);
}

void WriteMembers(const Signed& entry, FieldWriter& writer) {
  writer.U32(static_cast<uint32_t>(entry.cohort.size()));
  for (const std::string& site : entry.cohort) {
    writer.String(site).Flag(std::binary_search(entry.survivors.begin(), entry.survivors.end(), site));
  }
}

void Write(const Signed& entry, FieldWriter& writer) {
  writer.U8(kSigned).String(entry.job_id).U32(entry.attempt).Digest(entry.transcript);
  writer.Digest(entry.place).Digest(entry.question).Digest(entry.survivors_hash).Digest(entry.vector_name);
  writer.U32(entry.encoding_sites).U32(entry.required_signatures).U32(entry.colluding_sites);
  WriteMembers(entry, writer);
  writer.U32(static_cast<uint32_t>(entry.seen.size()));
  for (const SeenLedger& seen : entry.seen) writer.String(seen.site).U64(seen.sequence).Digest(seen.head);
  writer.U64(entry.weight_cap);
}

void Write(const Revealed& entry, FieldWriter& writer) {
  writer.U8(kRevealed).String(entry.job_id).U32(entry.attempt).Digest(entry.transcript).Digest(entry.survivors_hash);
}

void Write(const Voided& entry, FieldWriter& writer) { writer.U8(kVoided).Digest(entry.transcript); }

void Write(const Freed& entry, FieldWriter& writer) { writer.U8(kFreed).Digest(entry.transcript); }

void Write(const Lost& entry, FieldWriter& writer) {
  writer.U8(kLost).String(entry.job_id).U64(entry.lost_up_to).Digest(entry.lost_head);
}

EpochOpened ReadEpochOpened(FieldReader& reader) {
  EpochOpened entry;
  entry.job_id = reader.JobId("job_id");
  entry.epoch = reader.U32("epoch");
  return entry;
}

Uploaded ReadUploaded(FieldReader& reader) {
  Uploaded entry;
  entry.job_id = reader.JobId("job_id");
  entry.attempt = reader.U32("attempt");
  entry.transcript = reader.Digest("transcript");
  entry.vector_name = reader.Digest("vector_name");
  return entry;
}

void ReadMembers(FieldReader& reader, Signed& entry) {
  const uint32_t count = reader.Count("cohort", kMaxCohort, kMinMemberBytes);
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) {
    std::string site = reader.Site("cohort");
    if (!entry.cohort.empty() && entry.cohort.back() >= site) reader.Fail("cohort", "is not ascending");
    if (reader.Flag("survived")) entry.survivors.push_back(site);
    entry.cohort.push_back(std::move(site));
  }
}

void ReadSeen(FieldReader& reader, Signed& entry) {
  const uint32_t count = reader.Count("seen", kMaxSeen, kMinSeenBytes);
  for (uint32_t i = 0; i < count && !reader.failed(); ++i) {
    SeenLedger seen;
    seen.site = reader.Site("seen");
    seen.sequence = reader.U64("sequence");
    seen.head = reader.Digest("head");
    if (!entry.seen.empty() && entry.seen.back().site >= seen.site) reader.Fail("seen", "is not ascending");
    entry.seen.push_back(std::move(seen));
  }
}

Signed ReadSigned(FieldReader& reader, bool with_cap) {
  Signed entry;
  entry.job_id = reader.JobId("job_id");
  entry.attempt = reader.U32("attempt");
  entry.transcript = reader.Digest("transcript");
  entry.place = reader.Digest("place");
  entry.question = reader.Digest("question");
  entry.survivors_hash = reader.Digest("survivors_hash");
  entry.vector_name = reader.Digest("vector_name");
  entry.encoding_sites = reader.U32("encoding_sites");
  entry.required_signatures = reader.U32("required_signatures");
  entry.colluding_sites = reader.U32("colluding_sites");
  ReadMembers(reader, entry);
  ReadSeen(reader, entry);
  if (with_cap) entry.weight_cap = reader.U64("weight_cap");
  return entry;
}

Revealed ReadRevealed(FieldReader& reader) {
  Revealed entry;
  entry.job_id = reader.JobId("job_id");
  entry.attempt = reader.U32("attempt");
  entry.transcript = reader.Digest("transcript");
  entry.survivors_hash = reader.Digest("survivors_hash");
  return entry;
}

Lost ReadLost(FieldReader& reader) {
  Lost entry;
  entry.job_id = reader.JobId("job_id");
  entry.lost_up_to = reader.U64("lost_up_to");
  entry.lost_head = reader.Digest("lost_head");
  if (entry.lost_up_to > kMostEntries) reader.Fail("lost_up_to", "is more than a record can have");
  return entry;
}

RecordEntry ReadEntry(FieldReader& reader) {
  switch (reader.U8("kind")) {
    case kEpochOpened:
      return ReadEpochOpened(reader);
    case kUploaded:
      return ReadUploaded(reader);
    case kSignedWithoutCap:
      return ReadSigned(reader, /*with_cap=*/false);
    case kRevealed:
      return ReadRevealed(reader);
    case kVoided:
      return Voided{reader.Digest("transcript")};
    case kSigned:
      return ReadSigned(reader, /*with_cap=*/true);
    case kFreed:
      return Freed{reader.Digest("transcript")};
    case kLost:
      return ReadLost(reader);
    default:
      reader.Fail("kind", "is not known");
      return Voided{};
  }
}

}  // namespace

std::string Serialize(const RecordEntry& entry) {
  FieldWriter writer;
  writer.Version();
  std::visit([&writer](const auto& value) { Write(value, writer); }, entry);
  return std::move(writer).Take();
}

absl::StatusOr<RecordEntry> ParseRecordEntry(absl::string_view payload) {
  FieldReader reader(payload, kWhat);
  reader.Version();
  RecordEntry entry = ReadEntry(reader);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return entry;
}

}  // namespace accord::secure
