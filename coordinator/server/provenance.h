// What this coordinator states, under its log's key, about where a model comes from (docs/provenance.md).
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/store/store.h"

namespace accord {

struct ProvenanceRequest {
  std::string job_id;
  uint32_t round = 0;  // 0: the latest model
  std::string person;  // who will make a file of it: its enrolment is proven too, where the log has it

  friend bool operator==(const ProvenanceRequest&, const ProvenanceRequest&) = default;
};

struct StatedProvenance {
  std::string text;        // the envelope as JSON
  uint64_t tree_size = 0;  // of the log as it was looked at
};

// NOT_FOUND: a round that is not done. FAILED_PRECONDITION: the job ran before there was a log. RESOURCE_EXHAUSTED:
// more than kMaxProvenanceBytes. Looks at all entries of the log (LogStore::EntriesAbout): not for a thread that others
// need (provenance_desk.h).
absl::StatusOr<StatedProvenance> SignedProvenance(const ProvenanceRequest& request, Store& store);

}  // namespace accord
