// Each hospital alone, federated, and all rows pooled: what one machine that owns every file can compute beside a
// federation, to show what it is good for. No network, no daemon; for demonstration only.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace accord {

struct DemonstrationRequest {
  std::string job_path;
  struct Site {
    std::string name;
    std::string mapping_path;
  };
  std::vector<Site> sites;
  // The federated model: float32 parameters, with FILE.json beside it for the statistics of its columns, as `accord
  // model export --format parameters` writes them. Empty: no federated figures. Without statistics those of all rows
  // are taken.
  std::string model_path;
  bool synthetic = false;    // said in the result
  std::string opt_out_list;  // held against every site's rows; empty: none
};

// Trains as long as the job does (rounds times local training) and scores on each hospital's held-out rows. The result
// is one JSON object: {"label", "synthetic", "job", "hospitals": [{"name", "train_rows", "test_rows", "alone":
// {"accuracy", "auc", "mse"}, "federated", "pooled"}], "weighted": {...}}; a score that is not defined is null.
absl::StatusOr<std::string> Demonstrate(const DemonstrationRequest& request);

}  // namespace accord
