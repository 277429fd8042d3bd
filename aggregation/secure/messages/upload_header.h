// "This is my masked vector for this attempt, seen under these terms": signed by a site for each upload. The set of
// survivors is a list of these headers, so whoever signs the set has seen under which terms everybody uploaded.
//
//   domain accord/v1/upload-header
//   u8 version = 1 | parts of the transcript (transcript.h) | string site | digest payload_digest | digest offers_root
//   | u32 floor_survivors | u32 floor_organisations | digest self_commitment | u64 ledger_sequence | digest ledger_head
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "aggregation/secure/messages/transcript.h"
#include "base/hash.h"

namespace accord::secure {

struct UploadHeader {
  TranscriptParts parts;
  std::string site;
  Sha256Digest payload_digest{};     // ContentDigest of the masked vector's bytes
  Sha256Digest offers_root{};        // of the offers to its neighbours: offers.h
  uint32_t floor_survivors = 0;      // this site signs no smaller set
  uint32_t floor_organisations = 0;  // nor one of fewer organisations
  Sha256Digest self_commitment{};    // of b_u: seed_commitment.h
  uint64_t ledger_sequence = 0;      // the site's record, after the entry of this upload
  Sha256Digest ledger_head{};

  Sha256Digest transcript() const { return HashTranscript(parts); }
  friend bool operator==(const UploadHeader&, const UploadHeader&) = default;
};

std::string Serialize(const UploadHeader& header);
absl::StatusOr<UploadHeader> ParseUploadHeader(absl::string_view bytes);
absl::StatusOr<SignedBytes> Sign(const UploadHeader& header, const Signer& signer);
absl::StatusOr<UploadHeader> VerifyUploadHeader(const SignedBytes& message, SiteKeys keys);

// SHA-256("accord/v1/header-hash" 00 bytes). Of the bytes alone: one ECDSA signature can be changed into another.
Sha256Digest HeaderHash(const SignedBytes& header);

// SHA-256("accord/v1/survivor-set" 00 transcript, u32 count, header hashes in cohort order): what survivors sign.
Sha256Digest SurvivorsHash(const Sha256Digest& transcript, absl::Span<const SignedBytes> headers);

}  // namespace accord::secure
