#include "trust/log/log_entry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/content_digest.h"
#include "base/fields.h"
#include "base/status.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

constexpr absl::string_view kEntryDomain("accord/v1/log-entry\0", 20);
constexpr size_t kNameBytes = 33;

constexpr absl::string_view kKindNames[kNumLogEntryKinds + 1] = {
    "",      "opened",    "member",    "roster", "charter", "job",       "approval", "refusal",
    "round", "abandoned", "model",     "report", "access",  "job-ended", "evidence", "project-head",
    "order", "stop",      "complaint", "answer", "revoked", "receipt"};

bool IsIdText(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

void WritePayload(const LogPayload& payload, FieldWriter& writer) {
  writer.U8(static_cast<uint8_t>(payload.form));
  if (payload.form == PayloadForm::kBytes) {
    writer.String(payload.bytes);
  } else {
    writer.Digest(payload.digest).U64(payload.size);
  }
}

LogPayload ReadPayload(FieldReader& reader) {
  LogPayload payload;
  const uint8_t form = reader.U8("payload form");
  payload.form = static_cast<PayloadForm>(form);
  switch (payload.form) {
    case PayloadForm::kBytes:
      payload.bytes = reader.String("payload", kMaxLogPayloadBytes);
      break;
    case PayloadForm::kSha256:
    case PayloadForm::kContentDigest:
      payload.digest = reader.Digest("payload digest");
      payload.size = reader.U64("payload size");
      break;
    default:
      reader.Fail("payload form", absl::StrCat("is ", form, "; expected 1, 2 or 3"));
  }
  return payload;
}

std::vector<CommittedName> ReadNames(FieldReader& reader) {
  std::vector<CommittedName> names(reader.Count("names", kMaxLogNames, kNameBytes));
  for (CommittedName& name : names) {
    const uint8_t role = reader.U8("role");
    name.role = static_cast<NameRole>(role);
    if (NameRoleWord(name.role).empty()) reader.Fail("role", absl::StrCat("is ", role, ", which is none"));
    name.commitment = reader.Digest("commitment");
  }
  return names;
}

}  // namespace

absl::string_view LogEntryKindName(LogEntryKind kind) {
  const auto number = static_cast<uint8_t>(kind);
  return number <= kNumLogEntryKinds ? kKindNames[number] : "";
}

bool LogPayload::IsOf(absl::string_view other) const {
  switch (form) {
    case PayloadForm::kBytes:
      return bytes == other;
    case PayloadForm::kSha256:
      return size == other.size() && digest == Sha256(other);
    case PayloadForm::kContentDigest:
      return size == other.size() && digest == ContentDigest(other);
  }
  return false;
}

bool IsProjectId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxProjectIdBytes && text.front() != '-' && IsIdText(text);
}

absl::StatusOr<std::string> WriteLogEntry(const LogEntry& entry) {
  FieldWriter writer;
  writer.Version().String(entry.project).U64(entry.index).U64(entry.unix_us);
  writer.U8(static_cast<uint8_t>(entry.kind)).String(entry.subject);
  WritePayload(entry.payload, writer);
  writer.U32(static_cast<uint32_t>(entry.names.size()));
  for (const CommittedName& name : entry.names) writer.U8(static_cast<uint8_t>(name.role)).Digest(name.commitment);
  std::string bytes = std::move(writer).Take();
  ACCORD_RETURN_IF_ERROR(ParseLogEntry(bytes).status());
  return bytes;
}

absl::StatusOr<LogEntry> ParseLogEntry(absl::string_view bytes) {
  FieldReader reader(bytes, "log entry");
  LogEntry entry;
  reader.Version();
  entry.project = reader.String("project", kMaxProjectIdBytes);
  if (!IsProjectId(entry.project)) reader.Fail("project", "is not 1 to 63 of a-z 0-9 -");
  entry.index = reader.U64("index");
  if (entry.index >= kMaxTreeSize) reader.Fail("index", "is beyond 2^63 entries");
  entry.unix_us = reader.U64("time");
  if (entry.unix_us > kMaxLogUnixUs) reader.Fail("time", "is after the year 9999");
  const uint8_t kind = reader.U8("kind");
  entry.kind = static_cast<LogEntryKind>(kind);
  if (LogEntryKindName(entry.kind).empty()) {
    reader.Fail("kind", absl::StrCat("is ", kind, ", which this program does not know; a newer Accord may"));
  }
  entry.subject = reader.String("subject", kMaxLogSubjectBytes);
  if (!IsIdText(entry.subject)) reader.Fail("subject", "is not an id of a-z 0-9 -");
  entry.payload = ReadPayload(reader);
  entry.names = ReadNames(reader);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return entry;
}

Sha256Digest LogLeafHash(absl::string_view entry_bytes) {
  return MerkleLeafHash(absl::StrCat(kEntryDomain, entry_bytes));
}

}  // namespace accord
