#include "aggregation/secure/messages/void_statement.h"

#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "base/status.h"

namespace accord::secure {

std::string Serialize(const VoidStatement& statement) {
  FieldWriter writer;
  writer.Version().Digest(statement.transcript).String(statement.site);
  writer.U64(statement.ledger_sequence).Digest(statement.ledger_head);
  return std::move(writer).Take();
}

absl::StatusOr<VoidStatement> ParseVoidStatement(absl::string_view bytes) {
  FieldReader reader(bytes, "void statement");
  VoidStatement statement;
  reader.Version();
  statement.transcript = reader.Digest("transcript");
  statement.site = reader.Site("site");
  statement.ledger_sequence = reader.U64("ledger_sequence");
  statement.ledger_head = reader.Digest("ledger_head");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return statement;
}

absl::StatusOr<SignedBytes> Sign(const VoidStatement& statement, const Signer& signer) {
  std::string bytes = Serialize(statement);
  ACCORD_RETURN_IF_ERROR(ParseVoidStatement(bytes).status());
  return SignBytes(std::move(bytes), kVoidStatementDomain, signer);
}

absl::StatusOr<VoidStatement> VerifyVoidStatement(const SignedBytes& message, SiteKeys keys) {
  ACCORD_ASSIGN_OR_RETURN(VoidStatement statement, ParseVoidStatement(message.bytes));
  ACCORD_RETURN_IF_ERROR(VerifyBytes(message, kVoidStatementDomain, statement.site, keys));
  return statement;
}

}  // namespace accord::secure
