// Sends what the coordinator states about a model (provenance.h) to whoever asks.
#pragma once

#include "coordinator/server/provenance_desk.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

// The stream manages its own life; `desk` must outlive it.
grpc::ServerWriteReactor<v1::Chunk>* NewProvenanceStream(const ProvenanceRequest& request, ProvenanceDesk& desk);

}  // namespace accord
