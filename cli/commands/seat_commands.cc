// What ombudsmen, leads and auditors do about jobs and sites: `accord job stop` and `accord complaint`.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/watching.h"
#include "cli/complaint_words.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/seat_writing.h"
#include "cli/governance/statement_files.h"
#include "cli/numbers.h"
#include "cli/operations/client.h"
#include "cli/terminal_text.h"
#include "cli/watch/job_view.h"
#include "trust/charter/signed_charter.h"

namespace accord {
namespace {

// What all of these statements need: who signs, and under which charter.
struct SeatOptions {
  std::string charter;  // a file; empty: the coordinator's
  std::string out;      // empty: no file
  std::vector<std::string> words;
};

struct Seat {
  OperationsClient client;
  SignedCharter charter;
  PersonWithKey person;
};

absl::StatusOr<Seat> TakeSeat(CommandTree& tree, const SeatOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(PersonWithKey person, ReadPerson(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  if (!options.charter.empty()) {
    ACCORD_ASSIGN_OR_RETURN(SignedCharter charter, ReadCharter(options.charter));
    return Seat{std::move(client), std::move(charter), std::move(person)};
  }
  ACCORD_ASSIGN_OR_RETURN(const v1::FetchCharterReply reply, client.FetchCharter());
  ACCORD_ASSIGN_OR_RETURN(SignedCharter charter, SignedCharter::Parse(reply.charter(), "the coordinator's charter"));
  return Seat{std::move(client), std::move(charter), std::move(person)};
}

// Before it is handed in: whatever the coordinator then does with it, the file is there for others.
absl::Status KeepFile(CommandTree& tree, const SeatOptions& options, const SignedStatement& statement) {
  if (options.out.empty()) return absl::OkStatus();
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, statement.Text()));
  if (!tree.json()) tree.environment().out << "signed: " << options.out << "\n";
  return absl::OkStatus();
}

void AddSeatOptions(CLI::App& leaf, SeatOptions& options, const std::string& flag, const std::string& what) {
  leaf.add_option(flag, options.words, absl::StrCat(what, "; repeat it for further lines"))
      ->required()
      ->allow_extra_args(false)
      ->type_name("TEXT");
  leaf.add_option("--charter", options.charter, "the charter's file; else the one that the coordinator has published")
      ->type_name("FILE");
  leaf.add_option("-o,--out", options.out, "keep the signed statement in this new file too")->type_name("FILE");
}

// ---- stop ----

struct StopOptions {
  SeatOptions seat;
  std::string job_id;
  std::string job;  // a file
};

absl::StatusOr<ExitCode> StopJob(CommandTree& tree, const StopOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(Seat seat, TakeSeat(tree, options.seat));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport report, seat.client.GetJob(options.job_id));
  std::string hash = report.job_sha256();
  if (!options.job.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const ReadJob job, ReadOrderedJob(options.job));
    hash = Sha256Hex(job.bytes);
  }
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest digest, ParseHexDigest(hash));
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement stop, SignStop(digest, options.seat.words, *seat.charter.charter(),
                                                               seat.person, tree.environment().clock.Now()));
  ACCORD_RETURN_IF_ERROR(KeepFile(tree, options.seat, stop));
  ACCORD_ASSIGN_OR_RETURN(const v1::JobReport stopped, seat.client.StopJob(report.job_id(), stop.Text()));
  if (tree.json()) return PrintJson(stopped, tree.environment());
  tree.environment().out << Printable(stopped.job_id()) << " is " << StateLine(stopped) << "\n";
  return kExitOk;
}

// ---- complaints ----

void PrintComplaint(const v1::Complaint& complaint, CliEnvironment& environment) {
  for (const auto& [label, text] : ComplaintLines(complaint)) {
    const bool is_red = label == "State" && complaint.overdue();
    const std::string line = absl::StrCat(Padded(label, 14), Printable(text));
    environment.out << InRed(line, is_red && environment.out_is_terminal) << "\n";
  }
}

absl::StatusOr<ExitCode> HandInComplaint(CommandTree& tree, Seat& seat, const SignedStatement& statement,
                                         const SeatOptions& options) {
  ACCORD_RETURN_IF_ERROR(KeepFile(tree, options, statement));
  ACCORD_ASSIGN_OR_RETURN(const v1::AddComplaintReply reply, seat.client.AddComplaint(statement.Text()));
  if (tree.json()) return PrintJson(reply.complaint(), tree.environment());
  PrintComplaint(reply.complaint(), tree.environment());
  return kExitOk;
}

struct FileOptions {
  SeatOptions seat;
  ComplaintRequest request;
};

absl::StatusOr<ExitCode> FileComplaint(CommandTree& tree, FileOptions options) {
  if (options.request.job_id.empty() && options.request.site.empty()) {
    return absl::InvalidArgumentError("say what it is about: --job ID or --site ID");
  }
  ACCORD_ASSIGN_OR_RETURN(Seat seat, TakeSeat(tree, options.seat));
  if (!options.request.job_id.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const v1::JobReport report, seat.client.GetJob(options.request.job_id));
    options.request.job_id = report.job_id();
  }
  options.request.text = options.seat.words;
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignComplaint(options.request, *seat.charter.charter(),
                                                                         seat.person, tree.environment().clock.Now()));
  return HandInComplaint(tree, seat, statement, options.seat);
}

// The one complaint whose id begins so.
absl::StatusOr<v1::Complaint> FindComplaint(OperationsClient& client, const std::string& prefix) {
  ACCORD_ASSIGN_OR_RETURN(const v1::ListComplaintsResponse list, client.ListComplaints("", ""));
  const v1::Complaint* found = nullptr;
  for (const v1::Complaint& complaint : list.complaints()) {
    if (prefix.empty() || complaint.id().compare(0, prefix.size(), prefix) != 0) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(prefix, " fits several complaints; write more digits"));
    }
    found = &complaint;
  }
  if (found == nullptr) {
    return absl::NotFoundError(absl::StrCat("no complaint ", prefix, "; `accord complaint list` shows them"));
  }
  if (!found->text().empty()) return *found;
  // A long list comes without the words of the older ones; that of one job or site is shorter.
  ACCORD_ASSIGN_OR_RETURN(const v1::ListComplaintsResponse about,
                          client.ListComplaints(found->job_id(), found->site()));
  for (const v1::Complaint& complaint : about.complaints()) {
    if (complaint.id() == found->id() && !complaint.text().empty()) return complaint;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the coordinator sends the words of newer complaints alone, and complaint ", prefix,
                   " is older; its operator has it (accord-coordinator complaints)"));
}

struct AnswerOptions {
  SeatOptions seat;
  std::string complaint;
};

absl::StatusOr<ExitCode> AnswerComplaint(CommandTree& tree, const AnswerOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(Seat seat, TakeSeat(tree, options.seat));
  ACCORD_ASSIGN_OR_RETURN(const v1::Complaint complaint, FindComplaint(seat.client, options.complaint));
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest hash, ParseHexDigest(complaint.id()));
  // What is answered is read first.
  if (!tree.json()) PrintComplaint(complaint, tree.environment());
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement, SignAnswer(hash, options.seat.words, *seat.charter.charter(),
                                                                      seat.person, tree.environment().clock.Now()));
  if (!tree.json()) tree.environment().out << "\n";
  return HandInComplaint(tree, seat, statement, options.seat);
}

struct ListOptions {
  std::string job_id;
  std::string site;
};

absl::StatusOr<ExitCode> ListComplaints(CommandTree& tree, const ListOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::ListComplaintsResponse list, client.ListComplaints(options.job_id, options.site));
  if (tree.json()) return PrintJson(list, environment);
  if (list.complaints().empty()) {
    environment.out << "no complaints\n";
    return kExitOk;
  }
  environment.out << Padded("COMPLAINT", 15) << Padded("ABOUT", 28) << "STATE\n";
  for (const v1::Complaint& complaint : list.complaints()) {
    const std::string about =
        complaint.job_id().empty() ? absl::StrCat("site ", complaint.site()) : absl::StrCat("job ", complaint.job_id());
    const std::string line = absl::StrCat(Padded(Printable(complaint.id().substr(0, 12)), 15),
                                          Padded(Printable(about), 27), " ", Printable(ComplaintState(complaint)));
    environment.out << InRed(line, complaint.overdue() && environment.out_is_terminal) << "\n";
  }
  return kExitOk;
}

absl::StatusOr<ExitCode> ShowComplaint(CommandTree& tree, const std::string& prefix) {
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(tree.environment(), tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::Complaint complaint, FindComplaint(client, prefix));
  if (tree.json()) return PrintJson(complaint, tree.environment());
  PrintComplaint(complaint, tree.environment());
  return kExitOk;
}

void AddFile(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<FileOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "file",
       .description =
           "As ombudsman: sign a complaint about a job or a site and hand it in. It stands in the log and in "
           "the job's report, open until a lead answers it and overdue once its time is over.",
       .example = "accord complaint file --job 7f3a --text \"Nobody asked the patients' council.\"\n"
                  "accord complaint file --site va --text \"No answer to two letters.\" --days 30"},
      [&tree, options] { return FileComplaint(tree, *options); });
  CLI::Option* job = leaf.add_option("--job", options->request.job_id, "the job's id, or its first characters");
  CLI::Option* site = leaf.add_option("--site", options->request.site, "the site's id");
  job->excludes(site);
  leaf.add_option("--days", options->request.days,
                  "days for the answer; without it as many as the charter gives, or 14")
      ->check(CLI::Range(1, 366));
  AddSeatOptions(leaf, options->seat, "--text", "what is complained of");
}

void AddAnswer(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<AnswerOptions>();
  CLI::App& leaf =
      tree.AddLeaf(group,
                   {.name = "answer",
                    .description = "As lead: show a complaint, sign an answer to it and hand that in. "
                                   "There is one answer, and it stays.",
                    .example = "accord complaint answer 9f86d081 --text \"The council was asked in May.\""},
                   [&tree, options] { return AnswerComplaint(tree, *options); });
  leaf.add_option("COMPLAINT", options->complaint, "the complaint's id, or its first digits")->required();
  AddSeatOptions(leaf, options->seat, "--text", "the answer");
}

}  // namespace

void AddStopCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<StopOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "stop",
       .description = "As ombudsman: sign that a job is stopped, and hand it in. The job ends, and no site that has "
                      "seen the stop ever works on these bytes again, whatever order they come under. A site takes the "
                      "file by hand too (accord-client stop).",
       .example = "accord job stop 7f3a --reason \"No consent was asked for.\" -o heart-risk.stop"},
      [&tree, options] { return StopJob(tree, *options); });
  leaf.add_option("ID", options->job_id, "the job's id, or its first characters")->required();
  leaf.add_option("--job", options->job,
                  "the job's file, whose bytes are stopped; else those that the coordinator names by their hash")
      ->type_name("FILE");
  AddSeatOptions(leaf, options->seat, "--reason", "why; it stands in the report");
}

void AddComplaintCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("complaint", "Complaints of ombudsmen about jobs and sites, and answers to them.");
  AddFile(tree, group);
  AddAnswer(tree, group);
  const auto listing = std::make_shared<ListOptions>();
  CLI::App& list = tree.AddLeaf(group,
                                {.name = "list",
                                 .description = "List complaints, newest first: open, overdue or answered.",
                                 .example = "accord complaint list --job 7f3a"},
                                [&tree, listing] { return ListComplaints(tree, *listing); });
  list.add_option("--job", listing->job_id, "about this job only");
  list.add_option("--site", listing->site, "about this site only");
  const auto id = std::make_shared<std::string>();
  CLI::App& show = tree.AddLeaf(
      group,
      {.name = "show", .description = "Show a complaint and its answer.", .example = "accord complaint show 9f86d081"},
      [&tree, id] { return ShowComplaint(tree, *id); });
  show.add_option("COMPLAINT", *id, "the complaint's id, or its first digits")->required();
}

}  // namespace accord
