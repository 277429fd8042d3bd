// What a site agreed to before it uploaded: every field that all parties of an attempt must share, hashed by each site
// itself from what it received and computed.
//
// Seven digests and five plain fields (the *parts*) are hashed once more into the transcript. A header shows its parts,
// so that two sites that disagree learn, under each other's signature, in what: other model bytes, another cohort,
// another history. The bytes of each part are in
// docs/secure-sum-messages.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "aggregation/ring/vector_schema.h"
#include "aggregation/secure/messages/fields.h"
#include "base/hash.h"
#include "proto/protocol_version.h"

namespace accord::secure {

// The last attempt that was opened, as the statements shown to this site prove it: survivor_quorum.h.
struct PreviousOpened {
  Sha256Digest transcript{};
  Sha256Digest survivors_hash{};
  uint32_t cohort_size = 0;
  uint32_t required_signatures = 0;
  Sha256Digest statements{};  // HashShownStatements

  friend bool operator==(const PreviousOpened&, const PreviousOpened&) = default;
};

enum class TranscriptGraph : uint8_t {
  kComplete = 1,
  kHarary = 2,  // a k-regular graph seeded by the members' nonces
};

struct TranscriptFields {
  // agreement
  uint32_t protocol_version = kProtocolVersion;
  Sha256Digest charter_hash{};  // zero: no charter
  Sha256Digest roster_hash{};
  Sha256Digest job_sha256{};
  uint32_t min_sites = 0;  // the job's floor
  uint32_t colluding_organisations = 0;
  std::string privacy;  // the privacy block's bytes; empty: none
  // plain
  std::string job_id;
  uint32_t epoch = 0;
  uint32_t step = 0;
  uint32_t round = 0;
  uint32_t attempt = 0;
  // cohort
  Sha256Digest epoch_hash{};
  std::vector<std::string> cohort;  // ascending
  TranscriptGraph graph = TranscriptGraph::kComplete;
  Sha256Digest graph_seed{};  // zero for a complete graph
  uint32_t degree = 0;
  uint32_t share_threshold = 0;      // k; 0: no shares are made
  uint32_t required_signatures = 0;  // t
  uint32_t colluding_sites = 0;      // C
  // encoding
  uint32_t kind = 0;           // v1::StepKind
  Sha256Digest schema_hash{};  // HashSchema
  uint32_t encoding_sites = 0;
  uint32_t ring_bits = 32;
  uint64_t weight_cap = 0;  // max_rows_per_site
  // one digest each
  Sha256Digest model_digest{};       // content digest of the bytes received
  Sha256Digest statistics_sha256{};  // HashStatistics; zero: none
  std::optional<PreviousOpened> previous;
  std::string log_head;  // signed head of the log; empty: none

  friend bool operator==(const TranscriptFields&, const TranscriptFields&) = default;
};

struct TranscriptParts {
  std::string job_id;
  uint32_t epoch = 0;
  uint32_t step = 0;
  uint32_t round = 0;
  uint32_t attempt = 0;
  Sha256Digest agreement{};
  Sha256Digest cohort{};
  Sha256Digest encoding{};
  Sha256Digest model{};
  Sha256Digest statistics{};
  Sha256Digest previous{};
  Sha256Digest log_head{};

  friend bool operator==(const TranscriptParts&, const TranscriptParts&) = default;
};

TranscriptParts PartsOf(const TranscriptFields& fields);
// SHA-256("accord/v1/transcript" 00 parts).
Sha256Digest HashTranscript(const TranscriptParts& parts);
Sha256Digest HashTranscript(const TranscriptFields& fields);

// In words, the parts in which two differ: "the bytes of the model", "the key epoch" ...; empty when they are equal.
std::vector<std::string> Differences(const TranscriptParts& a, const TranscriptParts& b);

// As they stand in a header.
void AppendParts(const TranscriptParts& parts, FieldWriter& writer);
TranscriptParts ReadParts(FieldReader& reader);

// All fields, written out for evidence: u8 version = 1 | agreement | string job_id, u32 epoch, step, round, attempt
// | cohort | encoding | model, statistics | previous | string log_head.
std::string Serialize(const TranscriptFields& fields);
absl::StatusOr<TranscriptFields> ParseTranscriptFields(absl::string_view bytes);

// Names, kinds, lengths, bounds, scales and Q of every block, the doubles by their bits.
Sha256Digest HashSchema(const VectorSchema& schema);
// Means and spreads by their bits, as they came.
Sha256Digest HashStatistics(absl::Span<const double> mean, absl::Span<const double> spread);

}  // namespace accord::secure
