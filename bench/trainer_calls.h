// A trainer asked as a site's daemon asks it, without the daemon.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "bench/federation/federation.h"
#include "bench/figure.h"
#include "client/daemon/training/trainer_host.h"

namespace accord::bench {

// Writes the data set into the folder; options of a sandboxed trainer of one thread that holds it.
absl::StatusOr<TrainerHostOptions> OptionsWithDataset(const Settings& settings, const SiteDataset& dataset,
                                                      const std::string& folder);

// The job of this YAML text, read from a file in `folder` as the programs read it.
absl::StatusOr<v1::JobSpec> JobOf(const std::string& yaml, const std::string& folder);

// A job's first training step, with the model and the vector that it needs.
class TrainCall {
 public:
  static absl::StatusOr<TrainCall> Create(const v1::JobSpec& spec, absl::Span<const float> model);
  // Valid as long as this is.
  ComputeRequest Request(const std::string& job_id) const;

 private:
  std::string dataset_;
  std::string job_bytes_;
  v1::ComputeStep step_;
  UniqueFd model_;
  UniqueFd vector_;
};

}  // namespace accord::bench
