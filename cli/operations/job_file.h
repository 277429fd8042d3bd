// A job file as orders name it: with the digests of the files that it names, its model not built.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// The spec that CheckJobFile (cli/operations/submission.h) finds, without looking whether its model can be built and
// the parameters to start from are its own. INVALID_ARGUMENT lists every fault of the job file with file and line, or
// every file that it names and that is none. Those are hashed in pieces: no byte of a TorchScript is interpreted, and a
// file of any size takes no memory.
absl::StatusOr<v1::JobSpec> ReadNamedJob(const std::string& path);

// The bytes as which a job is sent, and by whose hash orders name it.
absl::StatusOr<std::string> JobBytes(const v1::JobSpec& spec);

}  // namespace accord
