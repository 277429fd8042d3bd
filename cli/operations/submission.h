// A job file turned into what a coordinator stores: exact bytes, the model's layout, the initial model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "models/operators.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

// The artifacts are as large as the model; moved, never copied.
struct Submission {
  v1::JobSpec spec;
  v1::SubmitOpen open;                 // with hashes and sizes of `artifacts`
  std::vector<std::string> artifacts;  // the initial model (float32, little-endian), then the job's TorchScript if any
};

// Reads and checks `path`, builds the model and its initial weights from the job's seed. INVALID_ARGUMENT lists every
// fault with file and line. The same file gives the same bytes, but for `open.request_id`, which is fresh.
absl::StatusOr<Submission> PrepareSubmission(const std::string& path);

// A job file that was read, checked and found buildable.
struct CheckedJob {
  v1::JobSpec spec;  // with the SHA-256 of its TorchScript
  v1::ParameterLayout layout;
};
// The same checks without making weights. `allowed`: what the code of the job's own model may call; nothing of one that
// calls something else runs, as at a site.
absl::StatusOr<CheckedJob> CheckJobFile(const std::string& path, const AllowedOperators& allowed = {});

}  // namespace accord
