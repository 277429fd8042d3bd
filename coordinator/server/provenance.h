// What this coordinator states, under its log's key, about where a model comes from (docs/provenance.md).
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/store/store.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

struct ProvenanceRequest {
  std::string job_id;
  uint32_t round = 0;  // 0: the latest model
  std::string person;  // who will make a file of it: its enrolment is proven too, where the log has it
};

// The envelope as JSON. NOT_FOUND: a round that is not done. FAILED_PRECONDITION: the job ran before there was a log.
// RESOURCE_EXHAUSTED: more than kMaxProvenanceBytes. Looks at all entries of the log (LogStore::EntriesAbout).
absl::StatusOr<std::string> SignedProvenance(const ProvenanceRequest& request, Store& store);

// Sends it. The stream manages its own life.
grpc::ServerWriteReactor<v1::Chunk>* NewProvenanceStream(const ProvenanceRequest& request, Store& store);

}  // namespace accord
