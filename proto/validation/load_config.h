// The one way in which every configuration file is read; for this folder's own sources.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/config/faults.h"
#include "base/config/yaml_reader.h"
#include "base/status.h"

namespace accord {

// Reads the file, completes it with `apply_defaults` and adds what `check` finds; all faults in one status.
template <typename Config>
absl::StatusOr<Config> LoadConfig(const std::string& path, void (*apply_defaults)(Config&, const FieldPlaces*),
                                  void (*check)(const Config&, FaultList&)) {
  Config config;
  FieldPlaces places(path);
  FaultList faults(&places);
  ACCORD_RETURN_IF_ERROR(ReadYamlFile(path, config, places, faults));
  apply_defaults(config, &places);
  FaultList contradictions(&places);
  check(config, contradictions);
  faults.MergeUnrelated(contradictions);
  ACCORD_RETURN_IF_ERROR(faults.ToStatus());
  return config;
}

// True where a default belongs: the field has its zero value and was not written so.
inline bool IsUnset(bool is_zero, const FieldPlaces* places, absl::string_view path) {
  return is_zero && (places == nullptr || !places->Wrote(path));
}

}  // namespace accord
