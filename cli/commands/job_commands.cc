#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/json.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/watching.h"
#include "cli/complaint_words.h"
#include "cli/estimates_table.h"
#include "cli/evaluation_words.h"
#include "cli/governance/statement_files.h"
#include "cli/job_summary.h"
#include "cli/mandate_words.h"
#include "cli/numbers.h"
#include "cli/operations/client.h"
#include "cli/report/sections.h"
#include "cli/terminal_text.h"
#include "cli/watch/job_view.h"

namespace accord {
namespace {

struct SubmitOptions {
  std::string file;
  std::string order;
  std::vector<std::string> approvals;
  bool watch = false;
};

// All files that cannot be read, or are none, at once.
absl::Status AddPapers(const SubmitOptions& options, v1::SubmitOpen& open) {
  std::vector<std::string> faults;
  if (!options.order.empty()) {
    const auto order = ReadOrderFile(options.order);
    if (order.ok()) {
      open.set_order(order->statement.Text());
    } else {
      faults.emplace_back(order.status().message());
    }
  }
  const auto approvals = ReadApprovalFiles(options.approvals);
  if (!approvals.ok()) faults.emplace_back(approvals.status().message());
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
  for (const ReadApproval& approval : *approvals) open.add_approvals(approval.statement.Text());
  return absl::OkStatus();
}

// A job for a data set that nobody has waits for as long as it may: better told at once. Whoever may not see the sites
// is told nothing.
void WarnWhereNobodyReleases(const std::string& data_set, OperationsClient& client, CliEnvironment& environment) {
  if (data_set.empty()) return;
  const auto sites = client.ListSites();
  if (!sites.ok()) return;
  std::set<std::string> released;
  for (const v1::SiteStatus& site : sites->sites()) {
    if (site.connected()) released.insert(site.datasets().begin(), site.datasets().end());
  }
  if (released.empty() || released.contains(data_set)) return;
  environment.err << "no site that is connected releases a data set named " << Printable(data_set)
                  << "; released are: " << Printable(absl::StrJoin(released, ", "))
                  << ". The job waits for one: where data.name is wrong, cancel it\n";
}

absl::StatusOr<ExitCode> SubmitJob(CommandTree& tree, const SubmitOptions& options) {
  CliEnvironment& environment = tree.environment();
  // A wrong file should be told before anything is asked of the network, and the other way round nothing is computed
  // for a profile that is not there.
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(Submission submission, PrepareSubmission(options.file));
  ACCORD_RETURN_IF_ERROR(AddPapers(options, submission.open));
  if (ExposesSites(submission.spec)) environment.err << "protection: " << ProtectionInWords(submission.spec) << "\n";
  ACCORD_ASSIGN_OR_RETURN(const std::string job_id, client.Submit(submission));
  WarnWhereNobodyReleases(submission.spec.data().name(), client, environment);
  if (options.watch) {
    if (!tree.json()) environment.out << "submitted as " << Printable(job_id) << "\n";
    return WatchUntilDone(client, tree, job_id);
  }
  if (tree.json()) {
    v1::SubmitResponse response;
    response.set_job_id(job_id);
    return PrintJson(response, environment);
  }
  environment.out << Printable(job_id) << "\n";
  environment.err << "watch it with: accord job watch " << Printable(job_id) << "\n";
  return kExitOk;
}

absl::StatusOr<ExitCode> ListJobs(CommandTree& tree) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::ListJobsResponse jobs, client.ListJobs());
  if (tree.json()) return PrintJson(jobs, environment);
  if (jobs.jobs().empty()) {
    environment.out << "no jobs yet; submit one with: accord job submit FILE\n";
    return kExitOk;
  }
  environment.out << Padded("JOB", 22) << Padded("NAME", 24) << Padded("STATE", 12) << Padded("ROUNDS", 12)
                  << "SUBMITTED\n";
  for (const v1::JobReport& job : jobs.jobs()) {
    const std::string rounds = absl::StrCat(job.rounds_done(), "/", job.rounds_total());
    environment.out << Padded(Printable(job.job_id()), 21) << " " << Padded(Printable(job.name()), 23) << " "
                    << Padded(StateInWords(job.state()), 12) << Padded(rounds, 12)
                    << TimeInWords(job.submitted_unix_ms());
    if (const std::string complaints = ComplaintsInShort(job.complaints()); !complaints.empty()) {
      environment.out << "  " << InRed(complaints, environment.out_is_terminal && AnyOverdue(job.complaints()));
    }
    environment.out << "\n";
  }
  return kExitOk;
}

void PrintJob(const v1::JobReport& job, CliEnvironment& environment) {
  std::ostream& out = environment.out;
  const auto line = [&out](const std::string& label, const std::string& text) {
    if (!text.empty()) out << Padded(label, 14) << Printable(text) << "\n";
  };
  line("Job", job.job_id());
  line("Name", job.name());
  line("Purpose", job.purpose());
  line("Submitted", absl::StrCat(TimeInWords(job.submitted_unix_ms()),
                                 job.submitted_by().empty() ? "" : absl::StrCat(" by ", job.submitted_by())));
  for (const auto& [label, text] : MandateLines(job.mandate())) line(label, text);
  line("State", StateLine(job));
  if (job.has_stop()) line("Stopped by", StopInWords(job.stop()));
  for (const v1::Complaint& complaint : job.complaints()) {
    const std::string text = absl::StrCat(Padded("Complaint", 14), Printable(ComplaintInWords(complaint)));
    out << InRed(text, environment.out_is_terminal && complaint.overdue()) << "\n";
  }
  line("Rounds", absl::StrCat(job.rounds_done(), " of ", job.rounds_total()));
  for (const auto& [name, figure] : MetricFigures(job)) line(name, figure);
  line("Model", job.model_digest());
  if (job.kept_round() > 0) line("Model of", absl::StrCat("round ", job.kept_round()));
  for (const std::string& note : job.notes()) line("Note", note);
  if (job.has_estimates()) out << "\n" << EstimatesTable(job);
  out << DetailText(job);
  if (job.rounds().empty()) return;
  out << "\n" << HeadOfRounds(job.spec().data().target().has_numeric()) << "\n";
  for (const v1::RoundReport& round : job.rounds()) out << RoundLine(round) << "\n";
}

absl::StatusOr<ExitCode> ShowJob(CommandTree& tree, const std::string& job_id) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport job, client.GetJob(job_id));
  if (tree.json()) return PrintJson(job, environment);
  PrintJob(job, environment);
  return kExitOk;
}

absl::StatusOr<ExitCode> CancelJob(CommandTree& tree, const std::string& job_id, const std::string& reason) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport job, client.CancelJob(job_id, reason));
  if (tree.json()) return PrintJson(job, environment);
  environment.out << Printable(job.job_id()) << " is " << StateLine(job) << "\n";
  return kExitOk;
}

absl::StatusOr<ExitCode> WatchJob(CommandTree& tree, const std::string& job_id) {
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(tree.environment(), tree.profile()));
  return WatchUntilDone(client, tree, job_id);
}

void AddSubmit(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<SubmitOptions>();
  CLI::App& leaf = tree.AddLeaf(group,
                                {.name = "submit",
                                 .description = "Submit a job; print its id. A link that breaks is tried again without "
                                                "making a second job; the command given a "
                                                "second time makes one.",
                                 .example = "accord job submit heart-risk.yaml --watch\n"
                                            "accord job submit heart-risk.yaml --order order.signed"},
                                [&tree, options] { return SubmitJob(tree, *options); });
  leaf.add_option("FILE", options->file, "the job file")->required();
  leaf.add_option("--order", options->order,
                  "under a charter: the signed order that names this job; without its approvals the job waits")
      ->type_name("FILE");
  leaf.add_option("--approval", options->approvals, "a signed approval of the order that is there already (repeatable)")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->needs("--order");
  leaf.add_flag("--watch", options->watch, "stay and show its progress until it ends");
}

void AddOneJob(CommandTree& tree, CLI::App& group, const LeafHelp& help,
               absl::StatusOr<ExitCode> (*run)(CommandTree&, const std::string&)) {
  const auto job_id = std::make_shared<std::string>();
  CLI::App& leaf = tree.AddLeaf(group, help, [&tree, job_id, run] { return run(tree, *job_id); });
  leaf.add_option("ID", *job_id, "the job's id, or its first characters")->required();
}

void AddCancel(CommandTree& tree, CLI::App& group) {
  struct Options {
    std::string job_id;
    std::string reason = "cancelled from the command line";
  };
  const auto options = std::make_shared<Options>();
  CLI::App& leaf = tree.AddLeaf(group,
                                {.name = "cancel",
                                 .description = "End a job; its rounds so far and its latest model stay.",
                                 .example = "accord job cancel 7f3a --reason \"wrong learning rate\""},
                                [&tree, options] { return CancelJob(tree, options->job_id, options->reason); });
  leaf.add_option("ID", options->job_id, "the job's id, or its first characters")->required();
  leaf.add_option("--reason", options->reason, "stands in the report");
}

}  // namespace

void AddJobCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("job", "Validate, rehearse, submit and follow jobs.");
  AddValidateCommand(tree, group);
  AddRehearseCommand(tree, group);
  AddSubmit(tree, group);
  AddOneJob(
      tree, group,
      {.name = "watch",
       .description = "Show a job's progress until it ends; exit 3 if it failed or was cancelled. Ctrl-C ends the "
                      "watching, not the job.",
       .example = "accord job watch 7f3a"},
      WatchJob);
  tree.AddLeaf(group,
               {.name = "list", .description = "List the jobs, newest first.", .example = "accord job list --json"},
               [&tree] { return ListJobs(tree); });
  AddOneJob(
      tree, group,
      {.name = "show", .description = "Show a job and its rounds as they stand.", .example = "accord job show 7f3a"},
      ShowJob);
  AddHandInCommand(tree, group);
  AddPapersCommand(tree, group);
  AddCancel(tree, group);
  AddStopCommand(tree, group);
  AddReportCommand(tree, group);
}

}  // namespace accord
