#include "aggregation/secure/messages/survivor_statement.h"

#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr size_t kMinComplaintBytes = 4 + 1;

SurvivorSet ReadSet(FieldReader& reader) {
  SurvivorSet set;
  set.transcript = reader.Digest("transcript");
  set.job_id = reader.JobId("job_id");
  set.attempt = reader.U32("attempt");
  set.cohort_size = reader.U32("cohort_size");
  set.required_signatures = reader.U32("required_signatures");
  set.colluding_sites = reader.U32("colluding_sites");
  set.survivor_count = reader.U32("survivor_count");
  set.survivors_hash = reader.Digest("survivors_hash");
  return set;
}

std::vector<std::string> ReadComplaints(FieldReader& reader) {
  std::vector<std::string> complaints(reader.Count("complaints", kMaxNeighbours, kMinComplaintBytes));
  std::string previous;
  for (std::string& maker : complaints) previous = maker = reader.SiteAfter("complaints", previous);
  return complaints;
}

}  // namespace

std::string Serialize(const SurvivorStatement& statement) {
  const SurvivorSet& set = statement.set;
  FieldWriter writer;
  writer.Version().Digest(set.transcript).String(set.job_id).U32(set.attempt).U32(set.cohort_size);
  writer.U32(set.required_signatures).U32(set.colluding_sites).U32(set.survivor_count).Digest(set.survivors_hash);
  writer.String(statement.site).U64(statement.ledger_sequence).Digest(statement.ledger_head);
  writer.U32(static_cast<uint32_t>(statement.complaints.size()));
  for (const std::string& maker : statement.complaints) writer.String(maker);
  return std::move(writer).Take();
}

absl::StatusOr<SurvivorStatement> ParseSurvivorStatement(absl::string_view bytes) {
  FieldReader reader(bytes, "survivor statement");
  SurvivorStatement statement;
  reader.Version();
  statement.set = ReadSet(reader);
  statement.site = reader.Site("site");
  statement.ledger_sequence = reader.U64("ledger_sequence");
  statement.ledger_head = reader.Digest("ledger_head");
  statement.complaints = ReadComplaints(reader);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return statement;
}

absl::StatusOr<SignedBytes> Sign(const SurvivorStatement& statement, const Signer& signer) {
  std::string bytes = Serialize(statement);
  ACCORD_RETURN_IF_ERROR(ParseSurvivorStatement(bytes).status());
  return SignBytes(std::move(bytes), kSurvivorStatementDomain, signer);
}

absl::StatusOr<SurvivorStatement> VerifySurvivorStatement(const SignedBytes& message, SiteKeys keys) {
  ACCORD_ASSIGN_OR_RETURN(SurvivorStatement statement, ParseSurvivorStatement(message.bytes));
  ACCORD_RETURN_IF_ERROR(VerifyBytes(message, kSurvivorStatementDomain, statement.site, keys));
  return statement;
}

Sha256Digest HashShownStatements(absl::Span<const SignedBytes> statements) {
  FieldWriter writer;
  writer.U32(static_cast<uint32_t>(statements.size()));
  for (const SignedBytes& statement : statements) writer.String(statement.bytes);
  return HashUnder(kShownStatementsDomain, writer.bytes());
}

}  // namespace accord::secure
