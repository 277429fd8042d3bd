#include "aggregation/secure/messages/upload_header.h"

#include <utility>

#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/fields.h"
#include "base/status.h"

namespace accord::secure {

std::string Serialize(const UploadHeader& header) {
  FieldWriter writer;
  writer.Version();
  AppendParts(header.parts, writer);
  writer.String(header.site).Digest(header.payload_digest).Digest(header.offers_root);
  writer.U32(header.floor_survivors).U32(header.floor_organisations).Digest(header.self_commitment);
  writer.U64(header.ledger_sequence).Digest(header.ledger_head);
  return std::move(writer).Take();
}

absl::StatusOr<UploadHeader> ParseUploadHeader(absl::string_view bytes) {
  FieldReader reader(bytes, "upload header");
  UploadHeader header;
  reader.Version();
  header.parts = ReadParts(reader);
  header.site = reader.Site("site");
  header.payload_digest = reader.Digest("payload_digest");
  header.offers_root = reader.Digest("offers_root");
  header.floor_survivors = reader.U32("floor_survivors");
  header.floor_organisations = reader.U32("floor_organisations");
  header.self_commitment = reader.Digest("self_commitment");
  header.ledger_sequence = reader.U64("ledger_sequence");
  header.ledger_head = reader.Digest("ledger_head");
  ACCORD_RETURN_IF_ERROR(reader.Finish());
  return header;
}

absl::StatusOr<SignedBytes> Sign(const UploadHeader& header, const Signer& signer) {
  std::string bytes = Serialize(header);
  ACCORD_RETURN_IF_ERROR(ParseUploadHeader(bytes).status());
  return SignBytes(std::move(bytes), kUploadHeaderDomain, signer);
}

absl::StatusOr<UploadHeader> VerifyUploadHeader(const SignedBytes& message, SiteKeys keys) {
  ACCORD_ASSIGN_OR_RETURN(UploadHeader header, ParseUploadHeader(message.bytes));
  ACCORD_RETURN_IF_ERROR(VerifyBytes(message, kUploadHeaderDomain, header.site, keys));
  return header;
}

Sha256Digest HeaderHash(const SignedBytes& header) { return HashUnder(kHeaderHashDomain, header.bytes); }

Sha256Digest SurvivorsHash(const Sha256Digest& transcript, absl::Span<const SignedBytes> headers) {
  FieldWriter writer;
  writer.Digest(transcript).U32(static_cast<uint32_t>(headers.size()));
  for (const SignedBytes& header : headers) writer.Digest(HeaderHash(header));
  return HashUnder(kSurvivorSetDomain, writer.bytes());
}

}  // namespace accord::secure
