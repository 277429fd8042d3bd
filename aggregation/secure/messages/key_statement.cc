#include "aggregation/secure/messages/key_statement.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "aggregation/secure/messages/limits.h"
#include "base/status.h"

namespace accord::secure {
namespace {

constexpr size_t kMinSeenBytes = 4 + 1 + 8 + 32;

// Below 2^255 - 19, little-endian: the one encoding of a point that RFC 7748's reader would not reduce. A point of
// small order is read: whoever builds or joins an epoch refuses it by name (CheckPublicKey, Agree).
bool IsCanonical(const PublicKey& key) {
  if (key[31] != 0x7f) return key[31] < 0x7f;
  const bool middle_is_full = std::all_of(key.begin() + 1, key.end() - 1, [](uint8_t byte) { return byte == 0xff; });
  return !middle_is_full || key[0] < 0xed;
}

PublicKey ReadPublicKey(FieldReader& reader) {
  PublicKey key{};
  const absl::string_view bytes = reader.Raw("public_key", key.size());
  if (!reader.failed()) std::memcpy(key.data(), bytes.data(), key.size());
  if (!IsCanonical(key)) reader.Fail("public_key", "is not below 2^255 - 19");
  return key;
}

std::vector<SeenLedger> ReadSeen(FieldReader& reader) {
  std::vector<SeenLedger> seen(reader.Count("seen", kMaxSeen, kMinSeenBytes));
  std::string previous;
  for (SeenLedger& one : seen) {
    one.site = reader.SiteAfter("seen", previous);
    one.sequence = reader.U64("seen sequence");
    one.head = reader.Digest("seen head");
    previous = one.site;
  }
  return seen;
}

}  // namespace

std::string Serialize(const KeyStatement& statement) {
  FieldWriter writer;
  writer.Version().String(statement.job_id).Digest(statement.job_sha256).Digest(statement.roster_hash);
  writer.U32(statement.epoch).String(statement.site).Raw(absl::MakeConstSpan(statement.public_key));
  writer.Digest(statement.nonce_commitment).U32(static_cast<uint32_t>(statement.seen.size()));
  for (const SeenLedger& one : statement.seen) writer.String(one.site).U64(one.sequence).Digest(one.head);
  return std::move(writer).Take();
}

absl::StatusOr<KeyStatement> ParseKeyStatement(absl::string_view bytes) {
  FieldReader reader(bytes, "key statement");
  KeyStatement statement;
  reader.Version();
  statement.job_id = reader.JobId("job_id");
  statement.job_sha256 = reader.Digest("job_sha256");
  statement.roster_hash = reader.Digest("roster_hash");
  statement.epoch = reader.U32("epoch");
  statement.site = reader.Site("site");
  statement.public_key = ReadPublicKey(reader);
  statement.nonce_commitment = reader.Digest("nonce_commitment");
  statement.seen = ReadSeen(reader);
  for (const SeenLedger& one : statement.seen) {
    if (one.site == statement.site) reader.Fail("seen", "reports on its own signer");
  }
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return statement;
}

absl::StatusOr<SignedBytes> Sign(const KeyStatement& statement, const Signer& signer) {
  std::string bytes = Serialize(statement);
  ACCORD_RETURN_IF_ERROR(ParseKeyStatement(bytes).status());
  return SignBytes(std::move(bytes), kKeyStatementDomain, signer);
}

absl::StatusOr<KeyStatement> VerifyKeyStatement(const SignedBytes& message, SiteKeys keys) {
  ACCORD_ASSIGN_OR_RETURN(KeyStatement statement, ParseKeyStatement(message.bytes));
  ACCORD_RETURN_IF_ERROR(VerifyBytes(message, kKeyStatementDomain, statement.site, keys));
  return statement;
}

std::vector<SeenLedger> SeenToReport(absl::string_view site, std::vector<SeenLedger> seen) {
  const auto by_site = [](const SeenLedger& a, const SeenLedger& b) { return a.site < b.site; };
  std::erase_if(seen, [&](const SeenLedger& one) { return one.site == site; });
  std::sort(seen.begin(), seen.end(), by_site);
  const auto next = std::find_if(seen.begin(), seen.end(), [&](const SeenLedger& one) { return one.site > site; });
  std::rotate(seen.begin(), next, seen.end());
  if (seen.size() > kMaxSeen) seen.resize(kMaxSeen);
  std::sort(seen.begin(), seen.end(), by_site);
  return seen;
}

}  // namespace accord::secure
