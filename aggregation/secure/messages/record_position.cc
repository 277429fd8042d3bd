#include "aggregation/secure/messages/record_position.h"

#include "aggregation/secure/messages/survivor_statement.h"
#include "aggregation/secure/messages/upload_header.h"
#include "base/status.h"

namespace accord::secure {
namespace {

RecordPosition Of(const UploadHeader& header) {
  return {header.site, header.parts.job_id, header.parts.attempt, header.ledger_sequence, header.ledger_head};
}

RecordPosition Of(const SurvivorStatement& statement) {
  return {statement.site, statement.set.job_id, statement.set.attempt, statement.ledger_sequence,
          statement.ledger_head};
}

}  // namespace

absl::StatusOr<RecordPosition> ParsePosition(const SignedPosition& position) {
  if (position.kind == PositionKind::kUploadHeader) {
    ACCORD_ASSIGN_OR_RETURN(const UploadHeader header, ParseUploadHeader(position.message.bytes));
    return Of(header);
  }
  ACCORD_ASSIGN_OR_RETURN(const SurvivorStatement statement, ParseSurvivorStatement(position.message.bytes));
  return Of(statement);
}

absl::StatusOr<RecordPosition> VerifyPosition(const SignedPosition& position, SiteKeys keys) {
  if (position.kind == PositionKind::kUploadHeader) {
    ACCORD_ASSIGN_OR_RETURN(const UploadHeader header, VerifyUploadHeader(position.message, keys));
    return Of(header);
  }
  ACCORD_ASSIGN_OR_RETURN(const SurvivorStatement statement, VerifySurvivorStatement(position.message, keys));
  return Of(statement);
}

bool Contradict(const RecordPosition& one, const RecordPosition& other) {
  if (one.site != other.site) return false;
  if (one.sequence == other.sequence && one.head != other.head) return true;
  if (one.job_id != other.job_id || one.attempt == other.attempt) return false;
  const bool one_is_later = one.attempt > other.attempt;
  return one_is_later ? one.sequence <= other.sequence : other.sequence <= one.sequence;
}

}  // namespace accord::secure
