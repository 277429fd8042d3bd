#include "aggregation/secure/messages/witness_statement.h"

#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"
#include "trust/identity/signing.h"

namespace accord::secure {
namespace {

SignedPosition ReadPosition(FieldReader& reader) {
  SignedPosition seen;
  const uint8_t kind = reader.U8("kind");
  if (kind != static_cast<uint8_t>(PositionKind::kUploadHeader) &&
      kind != static_cast<uint8_t>(PositionKind::kSurvivorStatement)) {
    reader.Fail("kind", "is not known");
  }
  seen.kind = static_cast<PositionKind>(kind);
  seen.message.bytes = reader.String("seen", kMaxMessageBytes);
  seen.message.signature = std::string(reader.Raw("signature", kSignatureSize));
  return seen;
}

}  // namespace

std::string Serialize(const WitnessStatement& statement) {
  FieldWriter writer;
  writer.Version().String(statement.witness).String(statement.site).Digest(statement.nonce);
  writer.Flag(statement.seen.has_value());
  if (statement.seen.has_value()) {
    writer.U8(static_cast<uint8_t>(statement.seen->kind)).String(statement.seen->message.bytes);
    writer.Raw(absl::string_view(statement.seen->message.signature));
  }
  return std::move(writer).Take();
}

absl::StatusOr<WitnessStatement> ParseWitnessStatement(absl::string_view bytes) {
  FieldReader reader(bytes, "witness statement");
  WitnessStatement statement;
  reader.Version();
  statement.witness = reader.Site("witness");
  statement.site = reader.Site("site");
  statement.nonce = reader.Digest("nonce");
  if (reader.Flag("seen")) statement.seen = ReadPosition(reader);
  if (!reader.failed() && statement.witness == statement.site) reader.Fail("witness", "answers itself");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  if (!statement.seen.has_value()) return statement;
  ACCORD_ASSIGN_OR_RETURN(const RecordPosition position, ParsePosition(*statement.seen));
  if (position.site == statement.site) return statement;
  return absl::InvalidArgumentError(
      absl::StrCat("witness statement: it is for ", statement.site, " and shows a message of ", position.site));
}

absl::StatusOr<SignedBytes> Sign(const WitnessStatement& statement, const Signer& signer) {
  std::string bytes = Serialize(statement);
  ACCORD_RETURN_IF_ERROR(ParseWitnessStatement(bytes).status());
  return SignBytes(std::move(bytes), kWitnessDomain, signer);
}

absl::StatusOr<WitnessStatement> VerifyWitnessStatement(const SignedBytes& message, SiteKeys keys) {
  ACCORD_ASSIGN_OR_RETURN(WitnessStatement statement, ParseWitnessStatement(message.bytes));
  ACCORD_RETURN_IF_ERROR(VerifyBytes(message, kWitnessDomain, statement.witness, keys));
  return statement;
}

}  // namespace accord::secure
