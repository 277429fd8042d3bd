// Entries of a transparency log with the proofs that they are in it, all under one signed head: the part of a model's
// provenance that needs nobody's word but the log's.
//
// Adversary: whoever made it. Check() finds what is not shown.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/hash.h"
#include "trust/log/log_entry.h"
#include "trust/log/log_head.h"

namespace accord {

inline constexpr size_t kMaxEvidenceEntries = 100'000;

struct ProvenEntry {
  std::string bytes;
  std::vector<Sha256Digest> path;  // of RFC 9162, section 2.1.3, from the leaf upwards

  friend bool operator==(const ProvenEntry&, const ProvenEntry&) = default;
};

struct LogEvidence {
  std::string first_entry;
  SignedLogHead head;
  std::vector<ProvenEntry> entries;  // by their indices, ascending

  nlohmann::json ToJson() const;
  static absl::StatusOr<LogEvidence> FromJson(const nlohmann::json& json);

  friend bool operator==(const LogEvidence&, const LogEvidence&) = default;
};

// What the evidence shows.
struct ShownEvidence {
  LogIdentity identity;
  LogHead head;
  std::vector<LogEntry> entries;

  // Null: it is not among them.
  const LogEntry* Find(uint64_t index) const;
};
// INVALID_ARGUMENT or UNAUTHENTICATED: what is not shown, and why.
absl::StatusOr<ShownEvidence> CheckLogEvidence(const LogEvidence& evidence);

}  // namespace accord
