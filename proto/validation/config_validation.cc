#include "proto/validation/config_validation.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "proto/validation/load_config.h"
#include "proto/validation/value_checks.h"

namespace accord {
namespace {

void ApplyLoggingDefaults(v1::Logging& log) {
  if (log.level().empty()) log.set_level("info");
}

// The rule's pattern has seen to the form HOST:PORT.
void CheckPort(const std::string& address, absl::string_view path, uint32_t least, FaultList& faults) {
  uint32_t port = 0;
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port)) return;
  if (port < least || port > 65535) {
    faults.Add(path, absl::StrCat("has port ", port, "; expected ", least, " to 65535"));
  }
}

// ---- client.yaml ----

// Fewer sites or organisations than three, or no colluder, are for jobs of two sites alone.
constexpr uint32_t kLeastSites = 3;
constexpr uint32_t kLeastColluders = 1;

void ApplyFloorDefaults(v1::Floors& floors, const FieldPlaces* places) {
  if (IsUnset(floors.min_sites() == 0, places, "floors.min_sites")) floors.set_min_sites(kLeastSites);
  if (IsUnset(floors.min_organisations() == 0, places, "floors.min_organisations")) {
    floors.set_min_organisations(kLeastSites);
  }
  if (IsUnset(floors.min_colluding_organisations() == 0, places, "floors.min_colluding_organisations")) {
    floors.set_min_colluding_organisations(kLeastColluders);
  }
}

// What is written down and not kept to would be believed.

void CheckFloors(const v1::Floors& floors, FaultList& faults) {
  const auto check = [&](uint32_t value, uint32_t least, const char* path) {
    if (value >= least) return;
    faults.Add(path, absl::StrCat("is ", value, "; expected at least ", least,
                                  " (jobs of two sites are let in by allow_two_sites: true)"));
  };
  check(floors.min_sites(), kLeastSites, "floors.min_sites");
  check(floors.min_organisations(), kLeastSites, "floors.min_organisations");
  check(floors.min_colluding_organisations(), kLeastColluders, "floors.min_colluding_organisations");
}

void ApplyStampFloorDefaults(v1::Floors& floors, const FieldPlaces* places) {
  if (!floors.has_require_time_stamps()) return;
  v1::TimeStampFloor& floor = *floors.mutable_require_time_stamps();
  if (IsUnset(floor.max_age_s() == 0, places, "floors.require_time_stamps.max_age_s")) floor.set_max_age_s(172800);
}

void ApplySiteDefaults(v1::SiteConfig& config, const FieldPlaces* places) {
  ApplyFloorDefaults(*config.mutable_floors(), places);
  ApplyStampFloorDefaults(*config.mutable_floors(), places);
  v1::Sandbox& sandbox = *config.mutable_sandbox();
  if (sandbox.mode() == v1::Sandbox::MODE_UNSPECIFIED) sandbox.set_mode(v1::Sandbox::REQUIRED);
  if (IsUnset(sandbox.memory_mib() == 0, places, "sandbox.memory_mib")) sandbox.set_memory_mib(4096);
  if (IsUnset(sandbox.threads() == 0, places, "sandbox.threads")) {
    sandbox.set_threads(std::clamp(std::thread::hardware_concurrency(), 1u, 256u));
  }
  if (IsUnset(sandbox.silence_s() == 0, places, "sandbox.silence_s")) sandbox.set_silence_s(120);
  if (IsUnset(sandbox.max_data_mib() == 0, places, "sandbox.max_data_mib")) sandbox.set_max_data_mib(2048);
  if (IsUnset(sandbox.max_scratch_mib() == 0, places, "sandbox.max_scratch_mib")) sandbox.set_max_scratch_mib(16384);
  if (IsUnset(config.max_kept_mib() == 0, places, "max_kept_mib")) config.set_max_kept_mib(4096);
  ApplyLoggingDefaults(*config.mutable_log());
}

void CheckProxy(const std::string& proxy, FaultList& faults) {
  constexpr absl::string_view kScheme = "http://";
  const bool is_http = absl::StartsWith(proxy, kScheme);
  const std::string host_port = is_http ? proxy.substr(kScheme.size()) : "";
  const size_t colon = host_port.rfind(':');
  uint32_t port = 0;
  const bool has_port = colon != std::string::npos && colon > 0 &&
                        absl::SimpleAtoi(host_port.substr(colon + 1), &port) && port >= 1 && port <= 65535;
  // The text itself is not repeated: it may hold a password.
  if (!has_port || host_port.find_first_of("/@ ") != std::string::npos) {
    faults.Add("proxy", "is not of the form http://host:port; name the proxy without path and without user");
  }
}

void CheckSiteConfig(const v1::SiteConfig& config, FaultList& faults) {
  CheckPort(config.coordinator(), "coordinator", 1, faults);
  if (!config.proxy().empty()) CheckProxy(config.proxy(), faults);
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < config.datasets_size(); ++i) {
    if (!names.insert(config.datasets(i).name()).second) {
      faults.Add(FieldPath(ItemPath("datasets", i), "name"), "names a data set a second time; release each once");
    }
  }
  CheckFloors(config.floors(), faults);
  if (config.floors().has_require_time_stamps()) {
    CheckAtLeast(config.floors().require_time_stamps().max_age_s(), 1, "floors.require_time_stamps.max_age_s", faults);
  }
  CheckAtLeast(config.sandbox().memory_mib(), kMinMemoryMib, "sandbox.memory_mib", faults);
  CheckAtLeast(config.sandbox().threads(), 1, "sandbox.threads", faults);
  CheckAtLeast(config.sandbox().silence_s(), 1, "sandbox.silence_s", faults);
  CheckAtLeast(config.sandbox().max_data_mib(), 1, "sandbox.max_data_mib", faults);
  // The driver wants files opened for writing, and a filter sees no path: only the sandbox has none but its devices.
  if (config.sandbox().gpu() && config.sandbox().mode() == v1::Sandbox::OFF_AND_SAY_SO_IN_EVERY_REPORT) {
    faults.Add("sandbox.gpu", "lets jobs open files for writing; expected sandbox.mode: required with it");
  }
}

// ---- coordinator.yaml ----

void ApplyCoordinatorDefaults(v1::CoordinatorConfig& config, const FieldPlaces* places) {
  if (IsUnset(config.project().empty(), places, "project")) config.set_project("federation");
  if (IsUnset(config.max_sites() == 0, places, "max_sites")) config.set_max_sites(1000);
  if (IsUnset(config.max_upload_mib() == 0, places, "max_upload_mib")) config.set_max_upload_mib(4096);
  if (IsUnset(config.certificate_hours() == 0, places, "certificate_hours")) config.set_certificate_hours(24);
  if (IsUnset(config.renewal_days() == 0, places, "renewal_days")) config.set_renewal_days(30);
  if (config.has_time_stamps()) {
    v1::TimeStamps& stamps = *config.mutable_time_stamps();
    if (IsUnset(stamps.cadence_s() == 0, places, "time_stamps.cadence_s")) stamps.set_cadence_s(3600);
    if (IsUnset(stamps.grace_s() == 0, places, "time_stamps.grace_s")) stamps.set_grace_s(86400);
  }
  ApplyLoggingDefaults(*config.mutable_log());
}

void CheckCoordinatorConfig(const v1::CoordinatorConfig& config, FaultList& faults) {
  CheckPort(config.listen(), "listen", 0, faults);
  for (int i = 0; i < config.names_size(); ++i) {
    if (config.names(i).empty() || config.names(i).find_first_of(" /@") != std::string::npos) {
      faults.Add(ItemPath("names", i), "is not a host name or address; write it without scheme, port and path");
    }
  }
  CheckAtLeast(config.max_sites(), 1, "max_sites", faults);
  CheckAtLeast(config.max_upload_mib(), 1, "max_upload_mib", faults);
  CheckAtLeast(config.certificate_hours(), 1, "certificate_hours", faults);
  if (config.has_time_stamps()) {
    CheckAtLeast(config.time_stamps().cadence_s(), 1, "time_stamps.cadence_s", faults);
    CheckAtLeast(config.time_stamps().grace_s(), 1, "time_stamps.grace_s", faults);
  }
}

void Resolve(const std::string& file, std::string* path) { *path = ResolveBeside(file, *path); }

}  // namespace

std::string ResolveBeside(const std::string& file, const std::string& path) {
  if (path.empty()) return path;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  return (folder / path).lexically_normal().string();
}

absl::StatusOr<v1::SiteConfig> LoadSiteConfig(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(v1::SiteConfig config, LoadConfig<v1::SiteConfig>(path, ApplySiteDefaults, CheckSiteConfig));
  Resolve(path, config.mutable_state_dir());
  Resolve(path, config.mutable_trainer());
  Resolve(path, config.mutable_opt_out_list());
  Resolve(path, config.mutable_policy());
  Resolve(path, config.mutable_log()->mutable_file());
  Resolve(path, config.mutable_sandbox()->mutable_scratch_dir());
  for (v1::SiteDataset& dataset : *config.mutable_datasets()) Resolve(path, dataset.mutable_mapping());
  if (config.has_signing_token()) Resolve(path, config.mutable_signing_token()->mutable_pin_file());
  if (config.floors().has_require_time_stamps()) {
    Resolve(path, config.mutable_floors()->mutable_require_time_stamps()->mutable_authority());
  }
  return config;
}

absl::StatusOr<v1::CoordinatorConfig> LoadCoordinatorConfig(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(v1::CoordinatorConfig config,
                          LoadConfig<v1::CoordinatorConfig>(path, ApplyCoordinatorDefaults, CheckCoordinatorConfig));
  Resolve(path, config.mutable_state_dir());
  Resolve(path, config.mutable_log()->mutable_file());
  if (config.has_time_stamps()) {
    Resolve(path, config.mutable_time_stamps()->mutable_authority());
    Resolve(path, config.mutable_time_stamps()->mutable_server_ca());
  }
  return config;
}

}  // namespace accord
