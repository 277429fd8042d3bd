// `accord-client gain`: what this site gains by the jobs that it took part in.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct GainOptions {
  std::string config_path;
  bool json = false;
};

// One line for each job whose evaluation declares local_gain and of which this site keeps the model that it trained
// alone: the figures of both models on the rows held out here, or why there are none.
absl::Status ShowGains(const GainOptions& options, std::ostream& out);

}  // namespace accord
