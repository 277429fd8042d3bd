#include <nlohmann/json.hpp>

#include "aggregation/programs/step_words.h"
#include "base/json.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/job_summary.h"

namespace accord {
namespace {

absl::StatusOr<nlohmann::json> ValidationAsJson(const CheckedJob& job, const std::vector<PlannedStep>& steps) {
  ACCORD_ASSIGN_OR_RETURN(const std::string spec, MessageToJson(job.spec, JsonLayout::kOneLine));
  nlohmann::json result = {{"valid", true},
                           {"name", job.spec.name()},
                           {"num_parameters", job.layout.num_elements()},
                           {"protection", ProtectionInWords(job.spec)},
                           {"precision", PrecisionInWords(job.spec, steps)},
                           {"steps", nlohmann::json::array()},
                           {"job", nlohmann::json::parse(spec, nullptr, /*allow_exceptions=*/false)}};
  for (const PlannedStep& step : steps) {
    result["steps"].push_back({{"step", StepInWords(step.departure.kind)},
                               {"rounds", step.rounds},
                               {"bytes_per_site_and_round", step.departure.bytes},
                               {"contents", step.departure.contents}});
  }
  return result;
}

absl::StatusOr<ExitCode> Validate(CommandTree& tree, const std::string& file) {
  ACCORD_ASSIGN_OR_RETURN(const CheckedJob job, CheckJobFile(file));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<PlannedStep> steps, PlannedSteps(job));
  if (!tree.json()) {
    tree.environment().out << JobSummary(job, steps);
    return kExitOk;
  }
  ACCORD_ASSIGN_OR_RETURN(const nlohmann::json result, ValidationAsJson(job, steps));
  tree.environment().out << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return kExitOk;
}

}  // namespace

void AddValidateCommand(CommandTree& tree, CLI::App& group) {
  const auto file = std::make_shared<std::string>();
  CLI::App& leaf = tree.AddLeaf(group,
                                {.name = "validate",
                                 .description = "Check a job file whole, without a coordinator, and say in plain words "
                                                "what it would do and what each site would send.",
                                 .example = "accord job validate heart-risk.yaml"},
                                [&tree, file] { return Validate(tree, *file); });
  leaf.add_option("FILE", *file, "the job file")->required();
}

}  // namespace accord
