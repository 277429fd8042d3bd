// "These uploads and no others": what a site signs once for a transcript, ever, and durably first. Nothing is revealed
// without `required_signatures` of them over one set.
//
// The counts and the place of the attempt are inside so that a site that was absent can judge the statements of the
// last opened attempt by themselves: CheckOpenedProof.
//
//   domain accord/v1/survivors
//   u8 version = 1 | digest transcript | string job_id | u32 attempt | u32 cohort_size | u32 required_signatures
//   | u32 colluding_sites | u32 survivor_count | digest survivors_hash | string site | u64 ledger_sequence
//   | digest ledger_head | list of (string site) complaints, ascending
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "aggregation/secure/messages/signed_bytes.h"
#include "base/hash.h"

namespace accord::secure {

// One set of survivors of one attempt: what the signatures of different sites must agree in.
struct SurvivorSet {
  Sha256Digest transcript{};
  std::string job_id;
  uint32_t attempt = 0;
  uint32_t cohort_size = 0;          // n
  uint32_t required_signatures = 0;  // t
  uint32_t colluding_sites = 0;      // C
  uint32_t survivor_count = 0;       // |S|
  Sha256Digest survivors_hash{};     // upload_header.h

  friend bool operator==(const SurvivorSet&, const SurvivorSet&) = default;
};

struct SurvivorStatement {
  SurvivorSet set;
  std::string site;
  uint64_t ledger_sequence = 0;  // after the entry of this signature
  Sha256Digest ledger_head{};
  std::vector<std::string> complaints;  // makers whose offers were signed by them and did not open; ascending

  friend bool operator==(const SurvivorStatement&, const SurvivorStatement&) = default;
};

std::string Serialize(const SurvivorStatement& statement);
absl::StatusOr<SurvivorStatement> ParseSurvivorStatement(absl::string_view bytes);
absl::StatusOr<SignedBytes> Sign(const SurvivorStatement& statement, const Signer& signer);
absl::StatusOr<SurvivorStatement> VerifySurvivorStatement(const SignedBytes& message, SiteKeys keys);

// SHA-256("accord/v1/shown-statements" 00 u32 count, for each: string bytes), in the order given: what the next
// transcript binds of the statements that were shown.
Sha256Digest HashShownStatements(absl::Span<const SignedBytes> statements);

}  // namespace accord::secure
