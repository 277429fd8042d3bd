// Every key of the secure sum, from what two members of an epoch agreed on.
//
//   pair key    HKDF-Extract(salt = epoch hash, X25519(u, v))                          once an epoch, never revealed
//   mask seed   HKDF-Expand(pair key, "accord/v1/mask" 00 transcript | string lower id | string higher id |
//                           lower's public key | higher's public key)                  s_uv of the paper
//   packet key  HKDF-Expand(pair key, "accord/v1/share" 00 transcript | string from | string to)
//
// Fields as in messages/fields.h (a string has its length before it). All keys have 32 bytes. Of these only mask seeds
// are ever revealed; the one-wayness of Expand keeps the pair key, the seeds of other transcripts and all packet keys
// secret then. The transcript makes a mask seed good for one attempt; the ids and keys bind it to one pair, so that a
// member that shows others' keys as its own gets other seeds than theirs.
//
// Adversary: the coordinator and other members, who learn revealed mask seeds.
// Source: Bonawitz et al., CCS 2017, section 6 (key agreement); RFC 5869.
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "aggregation/secure/key_agreement.h"
#include "base/hash.h"
#include "base/secret.h"

namespace accord {

// `shared`: what EpochKeyPair::Agree gave.
absl::StatusOr<SecretBytes> DerivePairKey(const Sha256Digest& epoch_hash, const SecretBytes& shared);

// Two sites, the lower id (by its bytes) first, with their keys of the epoch. The texts must outlive the call only.
struct MaskSeedInfo {
  Sha256Digest transcript{};
  absl::string_view lower_id;
  absl::string_view higher_id;
  PublicKey lower_key{};
  PublicKey higher_key{};
};

// Equal at both ends; the lower id adds the mask, the higher one subtracts it. INVALID_ARGUMENT: `pair_key` has not 32
// bytes, or lower_id is not below higher_id.
absl::StatusOr<SecretBytes> DeriveMaskSeed(const SecretBytes& pair_key, const MaskSeedInfo& info);

// One direction of share packets.
struct PacketInfo {
  Sha256Digest transcript{};
  absl::string_view from;
  absl::string_view to;
};

// Differs between the two directions. INVALID_ARGUMENT: `pair_key` has not 32 bytes, or a site sends to itself.
absl::StatusOr<SecretBytes> DerivePacketKey(const SecretBytes& pair_key, const PacketInfo& info);

}  // namespace accord
