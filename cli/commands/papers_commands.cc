// What people and the coordinator give each other of orders, approvals and the charter.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/watching.h"
#include "cli/governance/statement_files.h"
#include "cli/operations/client.h"
#include "cli/operations/papers.h"
#include "cli/report/sections.h"
#include "trust/charter/signed_charter.h"

namespace accord {
namespace {

struct HandInOptions {
  std::string job_id;
  std::vector<std::string> files;
};

void SayStanding(const v1::AddApprovalReply& reply, std::ostream& out) {
  const std::string& why = reply.reason().empty() ? reply.waiting_for() : reply.reason();
  out << Printable(reply.job_id()) << " is " << StateInWords(reply.state())
      << (why.empty() ? "" : absl::StrCat(": ", Printable(why))) << "\n";
}

absl::StatusOr<ExitCode> HandIn(CommandTree& tree, const HandInOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(const std::vector<ReadApproval> approvals, ReadApprovalFiles(options.files));
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  v1::AddApprovalReply reply;
  std::vector<std::string> faults;
  for (size_t i = 0; i < approvals.size(); ++i) {
    const std::string file = approvals[i].statement.Text();
    auto answer = client.AddApproval(options.job_id, file);
    if (!answer.ok()) {
      faults.push_back(absl::StrCat(options.files[i], ": ", answer.status().message()));
      continue;
    }
    reply = *std::move(answer);
    if (!tree.json()) environment.out << "taken: " << Printable(ApprovalFileInWords(file)) << "\n";
  }
  if (!faults.empty()) return absl::FailedPreconditionError(absl::StrJoin(faults, "\n"));
  if (tree.json()) return PrintJson(reply, environment);
  SayStanding(reply, environment.out);
  return kExitOk;
}

struct FetchOptions {
  std::string job_id;
  std::string out;
};

absl::StatusOr<ExitCode> FetchPapers(CommandTree& tree, const FetchOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::FetchPapersReply papers, client.FetchPapers(options.job_id));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> names, WritePapers(papers, options.out));
  if (tree.json()) {
    const nlohmann::json written = {{"job_id", papers.job_id()}, {"folder", options.out}, {"files", names}};
    environment.out << written.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  for (int i = 0; i < papers.approvals_size(); ++i) {
    environment.out << "approval-" << i + 1 << ".signed: " << Printable(ApprovalFileInWords(papers.approvals(i)))
                    << "\n";
  }
  environment.out << "wrote " << names.size() << " files to " << options.out << "\n";
  if (papers.charter().empty()) environment.err << "the coordinator does not have the charter that the order names\n";
  return kExitOk;
}

absl::StatusOr<ExitCode> FetchCharter(CommandTree& tree, const FetchOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const v1::FetchCharterReply reply, client.FetchCharter());
  // Told is the hash of what came, not what the coordinator calls it.
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter file, SignedCharter::Parse(reply.charter(), "the coordinator's charter"));
  const std::string hash = HexDigest(file.charter()->hash());
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, reply.charter()));
  if (tree.json()) {
    const nlohmann::json written = {{"file", options.out}, {"sha256", hash}, {"why_closed", reply.why_closed()}};
    environment.out << written.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  environment.out << "wrote " << options.out << ": " << Printable(file.charter()->terms().name()) << ", version "
                  << file.charter()->terms().version() << ", hash " << hash
                  << "\nIt is what the coordinator shows: compare the hash with what your sites have pinned.\n";
  if (!reply.why_closed().empty()) {
    environment.err << "no job runs under it now: " << Printable(reply.why_closed()) << "\n";
  }
  return kExitOk;
}

}  // namespace

void AddHandInCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<HandInOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "hand-in",
       .description = "Hand in signed approvals of a job's order, or refusals; say what the job still waits for. What "
                      "they are worth is in the charter: anybody may bring them. Safe to repeat.",
       .example = "accord job hand-in 7f3a approval-of-lead.signed approval-of-steward.signed"},
      [&tree, options] { return HandIn(tree, *options); });
  leaf.add_option("ID", options->job_id, "the job's id, or its first characters")->required();
  leaf.add_option("FILE", options->files, "a signed approval or refusal; or several")->required();
}

void AddPapersCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<FetchOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "papers",
       .description = "Fetch what a job was ordered and approved by, byte for byte: the job, its order, its approvals "
                      "and the charter that they name.",
       .example = "accord job papers 7f3a -o papers-of-7f3a"},
      [&tree, options] { return FetchPapers(tree, *options); });
  leaf.add_option("ID", options->job_id, "the job's id, or its first characters")->required();
  leaf.add_option("-o,--out", options->out, "folder to make, or an empty one")->required()->type_name("FOLDER");
}

void AddCharterFetchCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<FetchOptions>();
  CLI::App& leaf = tree.AddLeaf(group,
                                {.name = "fetch",
                                 .description = "Fetch the charter that the coordinator has published.",
                                 .example = "accord charter fetch -o charter.signed"},
                                [&tree, options] { return FetchCharter(tree, *options); });
  leaf.add_option("-o,--out", options->out, "file to write")->required()->type_name("FILE");
}

}  // namespace accord
