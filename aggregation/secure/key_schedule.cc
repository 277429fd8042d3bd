#include "aggregation/secure/key_schedule.h"

#include "absl/strings/str_cat.h"
#include "aggregation/secure/messages/fields.h"
#include "base/hkdf.h"
#include "base/status.h"

namespace accord {
namespace {

using secure::FieldWriter;

constexpr size_t kPairKeySize = 32;
constexpr absl::string_view kMaskLabel("accord/v1/mask\0", 15);
constexpr absl::string_view kShareLabel("accord/v1/share\0", 16);

absl::StatusOr<SecretBytes> Expand(const SecretBytes& pair_key, const FieldWriter& info) {
  if (pair_key.size() != kPairKeySize) {
    return absl::InvalidArgumentError(absl::StrCat("a pair key has ", kPairKeySize, " bytes, not ", pair_key.size()));
  }
  return HkdfExpand(pair_key, info.bytes(), kPairKeySize);
}

}  // namespace

absl::StatusOr<SecretBytes> DerivePairKey(const Sha256Digest& epoch_hash, const SecretBytes& shared) {
  return HkdfExtract(epoch_hash, shared);
}

absl::StatusOr<SecretBytes> DeriveMaskSeed(const SecretBytes& pair_key, const MaskSeedInfo& info) {
  if (info.lower_id >= info.higher_id) {
    return absl::InvalidArgumentError("a mask seed belongs to two sites, the lower id first");
  }
  FieldWriter fields;
  fields.Raw(kMaskLabel).Digest(info.transcript).String(info.lower_id).String(info.higher_id);
  fields.Raw(absl::MakeConstSpan(info.lower_key)).Raw(absl::MakeConstSpan(info.higher_key));
  return Expand(pair_key, fields);
}

absl::StatusOr<SecretBytes> DerivePacketKey(const SecretBytes& pair_key, const PacketInfo& info) {
  if (info.from == info.to) return absl::InvalidArgumentError("a site sends no share packet to itself");
  FieldWriter fields;
  fields.Raw(kShareLabel).Digest(info.transcript).String(info.from).String(info.to);
  return Expand(pair_key, fields);
}

}  // namespace accord
