#include "client/daemon/training/trainer_host.h"

#include <spdlog/spdlog.h>

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "client/daemon/training/sandbox.h"
#include "client/daemon/training/sandboxed_trainer_host.h"
#include "proto/validation/config_validation.h"

namespace accord {

absl::StatusOr<std::unique_ptr<TrainerHost>> TrainerHost::Create(TrainerHostOptions options) {
  ACCORD_RETURN_IF_ERROR(CheckSandboxPrograms(options.trainer_path, options.sandbox.mode()));
  std::map<std::string, v1::DatasetMapping> mappings;
  std::vector<std::string> faults;
  for (const TrainerHostOptions::Dataset& dataset : options.datasets) {
    absl::StatusOr<v1::DatasetMapping> mapping = LoadDatasetMapping(dataset.mapping_path);
    if (mapping.ok() && !options.opt_out_list.empty()) {
      const absl::Status persons = CheckMappingAgainstOptOut(*mapping, dataset.mapping_path);
      if (!persons.ok()) mapping = persons;
    }
    if (mapping.ok() && mapping->has_postgresql()) {
      const absl::Status reader = CheckReaderProgram(ReaderPathBeside(options.trainer_path));
      if (!reader.ok()) mapping = Annotate(reader, dataset.mapping_path);
    }
    if (mapping.ok()) {
      mappings.emplace(dataset.name, *std::move(mapping));
    } else {
      faults.emplace_back(mapping.status().message());
    }
  }
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  return std::make_unique<SandboxedTrainerHost>(
      std::move(options), std::move(mappings), [](const std::string& name, const std::string& line) {
        const bool refused = absl::StartsWith(line, "sandbox: refused");
        spdlog::log(refused ? spdlog::level::warn : spdlog::level::info, "{}: {}", name, line);
      });
}

}  // namespace accord
