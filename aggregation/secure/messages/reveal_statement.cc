#include "aggregation/secure/messages/reveal_statement.h"

#include <algorithm>
#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr size_t kMinRevealedBytes = 4 + 1 + 32;

void AppendRevealed(const std::vector<RevealedCommitment>& revealed, FieldWriter& writer) {
  writer.U32(static_cast<uint32_t>(revealed.size()));
  for (const RevealedCommitment& one : revealed) writer.String(one.site).Digest(one.commitment);
}

std::vector<RevealedCommitment> ReadRevealed(absl::string_view field, FieldReader& reader) {
  std::vector<RevealedCommitment> revealed(reader.Count(field, kMaxNeighbours, kMinRevealedBytes));
  std::string previous;
  for (RevealedCommitment& one : revealed) {
    previous = one.site = reader.SiteAfter(field, previous);
    one.commitment = reader.Digest(field);
  }
  return revealed;
}

bool Has(const std::vector<RevealedCommitment>& revealed, absl::string_view site) {
  return std::any_of(revealed.begin(), revealed.end(), [&](const auto& one) { return one.site == site; });
}

// Both kinds of seed for one peer would open that peer's vector: no honest site writes such a statement.
void CheckKinds(const RevealStatement& statement, FieldReader& reader) {
  for (const RevealedCommitment& pair : statement.pairs) {
    if (Has(statement.shares, pair.site)) reader.Fail("shares", absl::StrCat("and pairs both hold ", pair.site));
  }
  if (Has(statement.pairs, statement.site)) reader.Fail("pairs", "hold the signer itself");
  if (Has(statement.shares, statement.site)) reader.Fail("shares", "hold the signer itself");
  if (statement.num_seeds() == 0) reader.Fail("statement", "reveals nothing");
}

}  // namespace

std::string Serialize(const RevealStatement& statement) {
  FieldWriter writer;
  writer.Version().Digest(statement.transcript).Digest(statement.survivors_hash).String(statement.site);
  writer.Flag(statement.self.has_value());
  if (statement.self) writer.Digest(*statement.self);
  AppendRevealed(statement.pairs, writer);
  AppendRevealed(statement.shares, writer);
  return std::move(writer).Take();
}

absl::StatusOr<RevealStatement> ParseRevealStatement(absl::string_view bytes) {
  FieldReader reader(bytes, "reveal statement");
  RevealStatement statement;
  reader.Version();
  statement.transcript = reader.Digest("transcript");
  statement.survivors_hash = reader.Digest("survivors_hash");
  statement.site = reader.Site("site");
  if (reader.Flag("has_self")) statement.self = reader.Digest("self");
  statement.pairs = ReadRevealed("pairs", reader);
  statement.shares = ReadRevealed("shares", reader);
  CheckKinds(statement, reader);
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return statement;
}

absl::StatusOr<SignedBytes> Sign(const RevealStatement& statement, const Signer& signer) {
  std::string bytes = Serialize(statement);
  ACCORD_RETURN_IF_ERROR(ParseRevealStatement(bytes).status());
  return SignBytes(std::move(bytes), kRevealStatementDomain, signer);
}

absl::StatusOr<RevealStatement> VerifyRevealStatement(const SignedBytes& message, SiteKeys keys) {
  ACCORD_ASSIGN_OR_RETURN(RevealStatement statement, ParseRevealStatement(message.bytes));
  ACCORD_RETURN_IF_ERROR(VerifyBytes(message, kRevealStatementDomain, statement.site, keys));
  return statement;
}

}  // namespace accord::secure
