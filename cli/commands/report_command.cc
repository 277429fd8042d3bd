#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/watching.h"
#include "cli/operations/client.h"
#include "cli/report/demonstration_table.h"
#include "cli/report/html_report.h"

namespace accord {
namespace {

struct ReportOptions {
  std::string job_id;
  std::string html;
  std::string demonstration;
};

absl::StatusOr<ExitCode> Report(CommandTree& tree, const ReportOptions& options) {
  CliEnvironment& environment = tree.environment();
  std::optional<Demonstration> demonstration;
  if (!options.demonstration.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::string content, ReadFile(options.demonstration));
    ACCORD_ASSIGN_OR_RETURN(demonstration, ParseDemonstration(content));
  }
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport report, client.GetJob(options.job_id));
  if (!options.html.empty()) {
    const std::string page = RenderHtmlReport(report, demonstration ? &*demonstration : nullptr);
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.html, page));
    if (!tree.json() && demonstration) environment.out << DemonstrationTable(*demonstration) << "\n";
    if (!tree.json()) environment.out << "wrote " << options.html << "\n";
  }
  if (tree.json()) return PrintJson(report, environment);
  return kExitOk;
}

}  // namespace

void AddReportCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "report",
       .description = "Write a job's report: a self-contained HTML file, or JSON on standard output (or both).",
       .example = "accord job report 7f3a --html report.html\naccord job report 7f3a --json | jq .final_metrics"},
      [&tree, options]() -> absl::StatusOr<ExitCode> {
        if (options->html.empty() && !tree.json()) {
          return absl::InvalidArgumentError("say what to write: --html FILE, --json, or both");
        }
        return Report(tree, *options);
      });
  leaf.add_option("ID", options->job_id, "the job's id, or its first characters")->required();
  leaf.add_option("--html", options->html, "file to write")->type_name("FILE");
  leaf.add_option(
          "--demonstration", options->demonstration,
          "output of `accord-trainer demonstrate`, shown as a section labelled \"demonstration only\", and printed")
      ->type_name("FILE")
      ->needs("--html");
}

}  // namespace accord
