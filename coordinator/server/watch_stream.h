// Follows a job: its report now and after every change.
#pragma once

#include <string>

#include "coordinator/engine/engine.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// A stream that manages its own life, no longer than `term`; `engine` outlives it. `why_status_only`: where it is not
// empty the reader sees no more than StatusOf (sight.h). A reader that is slower than the job
// misses reports in between, never the last one.
grpc::ServerWriteReactor<v1::JobReport>* NewWatchStream(const std::string& job_id, CertificateTerm term,
                                                        std::string why_status_only, Engine& engine);

}  // namespace accord
