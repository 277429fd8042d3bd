// Receives a submission: the job, then its artifacts in chunks.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "coordinator/engine/engine.h"
#include "coordinator/server/caller.h"
#include "coordinator/store/store.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

struct SubmitParts {
  Store& store;
  Engine& engine;
  Clock& clock;
  const Callers& callers;
  uint64_t max_upload_bytes = 0;
};

// A stream that manages its own life. `person` is authenticated, and looked at anew with every message and before the
// job is stored; `parts` outlive the stream.
grpc::ServerReadReactor<v1::SubmitMessage>* NewSubmitStream(Caller person, v1::SubmitResponse* response,
                                                            const SubmitParts& parts);

}  // namespace accord
