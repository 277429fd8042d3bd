// Sends a job's model with everything that is needed to rebuild it.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/store/store.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

// A stream that manages its own life; `store` outlives it. `round` 0: the latest model. Ends with NOT_FOUND for a round
// that is not done.
grpc::ServerWriteReactor<v1::FetchModelReply>* NewModelStream(const std::string& job_id, uint32_t round, Store& store);

}  // namespace accord
