#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/synthetic_flags.h"
#include "cli/job_summary.h"
#include "cli/local_federation/process_memory.h"
#include "cli/numbers.h"
#include "cli/rehearsal/findings.h"
#include "cli/rehearsal/plan.h"
#include "cli/rehearsal/rehearsal.h"
#include "cli/rehearsal/summary.h"
#include "cli/report/html_report.h"
#include "cli/watch/job_view.h"

namespace accord {
namespace {

struct RehearseOptions {
  std::string job;
  uint32_t num_sites = 0;
  SyntheticFlags synthetic;
  bool force = false;
  bool keep = false;
  std::string html;
  bool simulate = false;
  uint32_t num_trainers = 0;
};

absl::StatusOr<RehearsalMachine> ThisMachine(const Submission& submission) {
  RehearsalMachine machine;
  ACCORD_ASSIGN_OR_RETURN(machine.available_bytes, AvailableMemoryBytes());
  // This process has LibTorch loaded and has just used it, and holds what will be submitted besides.
  ACCORD_ASSIGN_OR_RETURN(const ProcessMemory own, MemoryOf(getpid()));
  uint64_t artifact_bytes = 0;
  for (const std::string& artifact : submission.artifacts) artifact_bytes += artifact.size();
  machine.libtorch_bytes = std::max(own.own_bytes, artifact_bytes) - artifact_bytes;
  machine.cores = std::max(1u, std::thread::hardware_concurrency());
  return machine;
}

absl::StatusOr<RehearsalPlan> MakePlan(const Submission& submission, const RehearseOptions& options) {
  RehearsalOptions wanted = {.num_sites = options.num_sites,
                             .force = options.force,
                             .simulate = options.simulate,
                             .num_trainers = options.num_trainers};
  ACCORD_ASSIGN_OR_RETURN(wanted.synthetic, ReadSyntheticFlags(options.synthetic, submission.spec));
  ACCORD_ASSIGN_OR_RETURN(const RehearsalMachine machine, ThisMachine(submission));
  return PlanRehearsal({.spec = submission.spec, .layout = submission.open.layout()}, wanted, machine);
}

absl::Status Tell(CommandTree& tree, const RehearseOptions& options, const RehearsalPlan& plan,
                  const RehearsalResult& result) {
  std::ostream& out = tree.environment().out;
  const std::vector<std::string> warnings = WarningsOfRehearsal(plan, result);
  if (tree.json()) {
    ACCORD_ASSIGN_OR_RETURN(const nlohmann::json json, RehearsalAsJson(plan, result, warnings));
    out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    out << RehearsalSummary(plan, result, warnings, options.job);
  }
  if (options.html.empty()) return absl::OkStatus();
  const v1::JobReport marked = MarkedAsRehearsal(result.report, plan, warnings);
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.html, RenderHtmlReport(marked, nullptr)));
  if (!tree.json()) out << "wrote " << options.html << "\n";
  return absl::OkStatus();
}

// Minutes later would be too late to find out.
absl::Status CheckHtmlFolder(const std::string& html) {
  const std::filesystem::path folder = std::filesystem::path(html).parent_path();
  std::error_code error;
  if (html.empty() || folder.empty() || std::filesystem::is_directory(folder, error)) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("--html ", html, ": there is no folder ", folder.string(), "; make it first"));
}

absl::StatusOr<ExitCode> RehearseJob(CommandTree& tree, const RehearseOptions& options) {
  CliEnvironment& environment = tree.environment();
  // All that can be wrong is told before anything is started.
  ACCORD_ASSIGN_OR_RETURN(const Submission submission, PrepareSubmission(options.job));
  ACCORD_ASSIGN_OR_RETURN(const RehearsalPlan plan, MakePlan(submission, options));
  ACCORD_RETURN_IF_ERROR(CheckHtmlFolder(options.html));
  ACCORD_ASSIGN_OR_RETURN(const Programs programs, FindPrograms(options.simulate));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<StopRequests> stop, StopRequests::Take());
  if (!tree.json()) {
    environment.out << Printable(submission.spec.name())
                    << " is a valid job: " << Plural(submission.open.layout().num_elements(), "parameter") << "; "
                    << ProtectionInWords(submission.spec) << "\nSYNTHETIC rows: " << RowsInWords(plan) << std::endl;
  }
  JobView view(environment.out, environment.out_is_terminal && !tree.json(), environment.clock);
  const RehearsalEvents events = {.said =
                                      [&](const std::string& words) {
                                        if (!tree.json()) view.Say(words);
                                      },
                                  .progressed =
                                      [&](const v1::JobReport& report) {
                                        if (!tree.json()) view.Show(report);
                                      }};
  const RehearsalSetup setup = {
      .submission = submission, .plan = plan, .programs = programs, .stop = *stop, .keep = options.keep};
  auto result = Rehearse(environment, setup, events);
  if (absl::IsCancelled(result.status())) {
    return Annotate(result.status(), options.keep ? "all that was started has been stopped"
                                                  : "all that was started has been stopped and removed");
  }
  if (!result.ok()) return result.status();
  ACCORD_RETURN_IF_ERROR(Tell(tree, options, plan, *result));
  return result->report.state() == v1::JOB_FINISHED ? kExitOk : kExitJobNotDone;
}

// Of both commands.
void AddOptions(CLI::App& leaf, RehearseOptions& options) {
  leaf.add_option("FILE", options.job, "the job file")->required();
  leaf.add_option("--sites", options.num_sites, "sites (default: as many as the job wants for a round)")
      ->type_name("N")
      ->check(CLI::Range(1u, kMaxSyntheticSites));
  AddSyntheticFlags(leaf, options.synthetic);
  leaf.add_option("--html", options.html, "also write the job's report, marked as no real one")->type_name("FILE");
  leaf.add_flag("--keep", options.keep, "leave the folder with rows, logs and states, and say where it is");
  leaf.add_flag("--force", options.force, "start also where memory does not suffice for so many sites");
}

}  // namespace

void AddRehearseCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<RehearseOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "rehearse",
       .description = "Run the identical job on synthetic sites on this machine, by the real programs: a coordinator, "
                      "site daemons and sandboxed trainers on loopback, in a temporary folder. Needs no login.",
       .example = "accord job rehearse heart-risk.yaml\n"
                  "accord job rehearse heart-risk.yaml --sites 8 --skew label=0.3,quantity=0.5 --html rehearsal.html"},
      [&tree, options] { return RehearseJob(tree, *options); });
  AddOptions(leaf, *options);
}

void AddSimulateCommand(CommandTree& tree) {
  const auto options = std::make_shared<RehearseOptions>();
  options->simulate = true;
  CLI::App& leaf = tree.AddLeaf(
      tree.app(),
      {.name = "simulate",
       .description = "Rehearse a job with hundreds of synthetic sites on this machine: a coordinator, one process for "
                      "all sites, and a few sandboxed trainers that they share, so that memory does not grow with the "
                      "sites' models. The same vectors and models as `accord job rehearse`. Needs no login.",
       .example = "accord simulate heart-risk.yaml --sites 200\n"
                  "accord simulate heart-risk.yaml --sites 500 --skew label=0.3 --processes 4 --html simulation.html"},
      [&tree, options] { return RehearseJob(tree, *options); });
  AddOptions(leaf, *options);
  leaf.add_option("--processes", options->num_trainers,
                  "trainers that compute at a time (default: as many as the cores have room for)")
      ->type_name("N")
      ->check(CLI::Range(1u, 256u));
}

}  // namespace accord
