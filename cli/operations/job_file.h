// A job file with the files that it names, read and checked without building the model: reading an order needs no more.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

struct JobFile {
  v1::JobSpec spec;         // with the digests of the files that it names
  std::string torchscript;  // empty: the job names none
  std::string parameters;   // of the model to start from, float32, little-endian; empty: the job names none
};

// INVALID_ARGUMENT lists every fault of the job file with file and line, or every file that it names and cannot be read.
// Whether the model can be built, and the parameters are its own, is not looked at: CheckJobFile does
// (cli/operations/submission.h). No byte of the TorchScript is interpreted.
absl::StatusOr<JobFile> ReadJobFile(const std::string& path);

// The bytes as which a job is sent, and by whose hash orders name it.
absl::StatusOr<std::string> JobBytes(const v1::JobSpec& spec);

}  // namespace accord
