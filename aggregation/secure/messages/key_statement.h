// "In this epoch of this job my X25519 key is this": a site's first message, one for each epoch, signed with its
// identity key. Peers take it from the coordinator and check the signature against the roster; the coordinator's word
// for a peer's key counts for nothing.
//
//   domain accord/v1/epoch-key
//   u8 version = 1 | string job_id | digest job_sha256 | digest roster_hash | u32 epoch | string site | public_key[32]
//   | digest nonce_commitment | list of (string site, u64 sequence, digest head), sites ascending
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/secure/key_agreement.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"

namespace accord::secure {

// The newest ledger position of another site that this one has seen in that site's own signed messages. The owner stops
// when its record is shorter, or has another head at this sequence: it was restored from a backup.
struct SeenLedger {
  std::string site;
  uint64_t sequence = 0;
  Sha256Digest head{};

  friend bool operator==(const SeenLedger&, const SeenLedger&) = default;
};

struct KeyStatement {
  std::string job_id;
  Sha256Digest job_sha256{};
  Sha256Digest roster_hash{};
  uint32_t epoch = 0;
  std::string site;
  PublicKey public_key{};
  Sha256Digest nonce_commitment{};  // of this site's graph nonce: epoch_list.h
  std::vector<SeenLedger> seen;     // at most kMaxSeen, not of itself

  friend bool operator==(const KeyStatement&, const KeyStatement&) = default;
};

std::string Serialize(const KeyStatement& statement);
// INVALID_ARGUMENT: not exactly one statement of version 1, sites unsorted, a report on itself, or a public key with a
// second encoding (a peer's key with its top bit set would be the same point and yet not the same bytes).
absl::StatusOr<KeyStatement> ParseKeyStatement(absl::string_view bytes);
absl::StatusOr<SignedBytes> Sign(const KeyStatement& statement, const Signer& signer);
// Parses, then checks the signature of the site that it names.
absl::StatusOr<KeyStatement> VerifyKeyStatement(const SignedBytes& message, SiteKeys keys);

// The 32 of `seen` (any order) that a statement of `site` reports: those that follow its own id, cyclically; sorted.
std::vector<SeenLedger> SeenToReport(absl::string_view site, std::vector<SeenLedger> seen);

}  // namespace accord::secure
