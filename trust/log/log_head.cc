#include "trust/log/log_head.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/domain_hash.h"
#include "base/fields.h"
#include "base/status.h"
#include "trust/log/log_entry.h"
#include "trust/log/merkle_tree.h"

namespace accord {
namespace {

constexpr absl::string_view kHeadDomain = "accord/v1/log-head";
constexpr absl::string_view kIdDomain = "accord/v1/log-id";

}  // namespace

absl::StatusOr<LogHead> ParseLogHead(absl::string_view bytes) {
  FieldReader reader(bytes, "log head");
  LogHead head;
  reader.Version();
  head.project = reader.String("project", kMaxProjectIdBytes);
  if (!IsProjectId(head.project)) reader.Fail("project", "is not 1 to 63 of a-z 0-9 -");
  head.log_id = reader.Digest("log id");
  head.tree_size = reader.U64("tree size");
  if (head.tree_size == 0 || head.tree_size > kMaxTreeSize) reader.Fail("tree size", "is not 1 to 2^63");
  head.unix_us = reader.U64("time");
  if (head.unix_us > kMaxLogUnixUs) reader.Fail("time", "is after the year 9999");
  head.root = reader.Digest("root");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return head;
}

absl::StatusOr<SignedLogHead> SignLogHead(const LogHead& head, const Signer& signer) {
  FieldWriter writer;
  writer.Version().String(head.project).Digest(head.log_id).U64(head.tree_size).U64(head.unix_us).Digest(head.root);
  SignedLogHead written{std::move(writer).Take(), ""};
  ACCORD_RETURN_IF_ERROR(ParseLogHead(written.bytes).status());
  ACCORD_ASSIGN_OR_RETURN(written.signature, signer.Sign(kHeadDomain, written.bytes));
  return written;
}

absl::StatusOr<std::string> WriteFirstEntry(absl::string_view project, uint64_t unix_us,
                                            absl::string_view public_key_der) {
  LogEntry entry;
  entry.project = std::string(project);
  entry.unix_us = unix_us;
  entry.kind = LogEntryKind::kOpened;
  entry.payload = LogPayload::Bytes(std::string(public_key_der));
  ACCORD_ASSIGN_OR_RETURN(std::string bytes, WriteLogEntry(entry));
  ACCORD_RETURN_IF_ERROR(LogIdentity::FromFirstEntry(bytes).status());
  return bytes;
}

Sha256Digest LogIdOf(absl::string_view first_entry) { return HashUnder(kIdDomain, first_entry); }

absl::StatusOr<LogIdentity> LogIdentity::FromFirstEntry(absl::string_view entry_bytes) {
  ACCORD_ASSIGN_OR_RETURN(LogEntry entry, ParseLogEntry(entry_bytes));
  if (entry.index != 0 || entry.kind != LogEntryKind::kOpened || entry.payload.form != PayloadForm::kBytes) {
    return absl::InvalidArgumentError(absl::StrCat("entry ", entry.index, " of kind ", LogEntryKindName(entry.kind),
                                                   " is not one that opens a log: entry 0, with the log's key"));
  }
  auto key = VerifyingKey::FromDer(entry.payload.bytes);
  if (!key.ok()) return Annotate(key.status(), "the key in the log's first entry");
  LogIdentity identity(LogIdOf(entry_bytes), *std::move(key));
  identity.project_ = std::move(entry.project);
  identity.public_key_der_ = std::move(entry.payload.bytes);
  identity.first_entry_ = std::string(entry_bytes);
  return identity;
}

absl::StatusOr<LogHead> LogIdentity::CheckHead(const SignedLogHead& head) const {
  ACCORD_ASSIGN_OR_RETURN(LogHead parsed, ParseLogHead(head.bytes));
  if (parsed.log_id != id_ || parsed.project != project_) {
    return absl::InvalidArgumentError(absl::StrCat("the head is of the log ", HexDigest(parsed.log_id), " of project ",
                                                   parsed.project, ", not of ", HexDigest(id_), " of project ",
                                                   project_));
  }
  ACCORD_RETURN_IF_ERROR(Annotate(key_.Verify(kHeadDomain, head.bytes, head.signature), "the log's head"));
  return parsed;
}

}  // namespace accord
