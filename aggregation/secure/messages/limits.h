// Every length and count that a message of the secure sum may have, in one place. A reader compares before it
// allocates.
#pragma once

#include <cstddef>
#include <cstdint>

namespace accord::secure {

inline constexpr size_t kMaxSiteIdBytes = 63;  // as enrolled: [a-z0-9][a-z0-9-]{0,62}
inline constexpr size_t kMaxJobIdBytes = 64;   // [a-z0-9-]{1,64}
// Sites of one attempt. Each site verifies one key statement a member (about 0.15 ms each): 2.5 s at this number.
inline constexpr uint32_t kMaxCohort = 1u << 14;
// Neighbours of one site: a share's position is a non-zero element of GF(2^8).
inline constexpr uint32_t kMaxNeighbours = 255;
// Ledger positions that one key statement reports. All members report on all up to 33 sites; beyond, a site reports on
// the 32 that follow it, else the n statements that each site receives would be O(n^2) bytes.
inline constexpr uint32_t kMaxSeen = 32;
inline constexpr size_t kSeedBytes = 32;         // b_u, s_uv and shares alike
inline constexpr size_t kSharePacketBytes = 60;  // 12 nonce, 32 sealed share, 16 tag
// The largest signed message is a reveal with 255 pair commitments and 255 shares: 50,660 bytes.
inline constexpr size_t kMaxMessageBytes = 64 << 10;
inline constexpr size_t kMaxOffersBytes = 64 << 10;  // 255 offers of at most 192 bytes
inline constexpr uint32_t kMaxPathLength = 8;        // a Merkle path among at most 255 offers
inline constexpr size_t kMaxPrivacyBytes = 4096;
inline constexpr size_t kMaxLogHeadBytes = 4096;

}  // namespace accord::secure
