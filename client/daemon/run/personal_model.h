// `accord-client personal-model`: this site's own models of jobs that make one.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"

namespace accord {

struct PersonalModelOptions {
  std::string config_path;
  std::string job_id;
  std::string out;
};

// One line for each model.
absl::Status ListPersonalModels(const PersonalModelOptions& options, std::ostream& out);
// Writes the parameters (float32, little-endian) to `out` (0600), and what they are to OUT.json, as
// `accord model export --format parameters` does. NOT_FOUND; DATA_LOSS.
absl::Status ExportPersonalModel(const PersonalModelOptions& options, std::ostream& out);
absl::Status DeletePersonalModel(const PersonalModelOptions& options, std::ostream& out);

}  // namespace accord
