// Hashes of what a vector is made of and standardised with.
#include "aggregation/secure/messages/domains.h"
#include "aggregation/secure/messages/transcript.h"

namespace accord::secure {

Sha256Digest HashSchema(const VectorSchema& schema) {
  FieldWriter writer;
  writer.U32(BitsOf(schema.ring())).U32(static_cast<uint32_t>(schema.blocks().size()));
  for (const VectorSchema::PlacedBlock& placed : schema.blocks()) {
    writer.String(placed.block.name).U8(placed.block.kind == VectorBlock::Kind::kCount ? 2 : 1);
    writer.U64(placed.block.num_elements).Bits(placed.block.bound).Bits(placed.scale);
    writer.U64(static_cast<uint64_t>(placed.max_encoded));
  }
  return HashUnder(kVectorSchemaDomain, writer.bytes());
}

Sha256Digest HashStatistics(absl::Span<const double> mean, absl::Span<const double> spread) {
  FieldWriter writer;
  writer.U32(static_cast<uint32_t>(mean.size()));
  for (const double value : mean) writer.Bits(value);
  writer.U32(static_cast<uint32_t>(spread.size()));
  for (const double value : spread) writer.Bits(value);
  return HashUnder(kStatisticsDomain, writer.bytes());
}

}  // namespace accord::secure
