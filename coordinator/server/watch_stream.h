// Follows a job: its report now and after every change.
#pragma once

#include <string>

#include "coordinator/engine/engine.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// A stream that manages its own life, no longer than `term`; `engine` outlives it. A reader that is slower than the job
// misses reports in between, never the last one.
grpc::ServerWriteReactor<v1::JobReport>* NewWatchStream(const std::string& job_id, CertificateTerm term,
                                                        Engine& engine);

}  // namespace accord
