// A Shamir share on its way through the coordinator: sealed for one neighbour, good for one place in one attempt.
//
//   packet            nonce[12] | ciphertext[32] | tag[16]                  60 bytes
//   associated data   "accord/v1/share-packet" 00 transcript | string from | string to | u8 position
//
// AES-256-GCM under the packet key of this direction (key_schedule.h) with a random nonce. A key seals one packet: a
// site that resumes an upload sends the bytes that it made the first time.
//
// Adversary: the coordinator carries packets. It may drop one, alter it, pass it to another site, or into another
// attempt or position; all but the first fail to open. The maker may seal anything: what opens is checked against the
// share's commitment (messages/seed_commitment.h).
// Source: NIST SP 800-38D; Bonawitz et al., CCS 2017, figure 4, round 1.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/entropy.h"
#include "base/hash.h"
#include "base/secret.h"

namespace accord {

// Where a packet belongs. The texts must outlive the call only.
struct PacketAddress {
  Sha256Digest transcript{};
  absl::string_view from;
  absl::string_view to;
  uint8_t position = 0;  // the share's x: 1 to 255
};

// INVALID_ARGUMENT: key or share has not 32 bytes, or position is 0. Errors of `entropy`; INTERNAL with OpenSSL's
// reason.
absl::StatusOr<std::string> SealShare(const SecretBytes& packet_key, const PacketAddress& address,
                                      const SecretBytes& share, EntropySource& entropy);

// The 32 bytes that were sealed. INVALID_ARGUMENT: a packet that has not 60 bytes, or was not sealed under this key for
// this address; a key or position as above. INTERNAL with OpenSSL's reason.
absl::StatusOr<SecretBytes> OpenShare(const SecretBytes& packet_key, const PacketAddress& address,
                                      absl::string_view packet);

}  // namespace accord
