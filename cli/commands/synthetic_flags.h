// Options of synthetic rows, which several commands have.
#pragma once

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "cli/synthetic/synthesize.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

struct SyntheticFlags {
  SyntheticOptions options;  // rows and seed are read into it; the rest is what the texts below say
  std::string skew = "0.5";
  std::string statistics;  // a file; empty: none
};

// --rows, --seed, --skew, --statistics. `flags` must live as long as the command's action.
void AddSyntheticFlags(CLI::App& leaf, SyntheticFlags& flags);
// The options for this job, number and names of sites not yet among them. INVALID_ARGUMENT and what reading the file of
// statistics gives.
absl::StatusOr<SyntheticOptions> ReadSyntheticFlags(const SyntheticFlags& flags, const v1::JobSpec& spec);

}  // namespace accord
