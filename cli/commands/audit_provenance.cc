#include "cli/commands/audit_provenance.h"

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/audit/hashed_file.h"
#include "cli/audit/log_reader.h"
#include "cli/audit/log_words.h"
#include "cli/audit/provenance_words.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/statement_files.h"
#include "trust/charter/statement_lines.h"
#include "trust/provenance/lineage.h"
#include "trust/provenance/provenance_check.h"
#include "trust/provenance/provenance_file.h"
#include "trust/provenance/signers.h"

namespace accord {
namespace {

absl::StatusOr<ProvenanceVerdict> ReadVerdict(const ProvenanceOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxProvenanceFileBytes));
  const auto file = ProvenanceFile::Parse(text);
  if (!file.ok()) return Annotate(file.status(), options.file);
  auto verdict = CheckProvenance(*file);
  if (!verdict.ok()) return Annotate(verdict.status(), options.file);
  const std::string id = HexDigest(verdict->evidence.identity.id());
  if (options.log_id.empty() || options.log_id == id) return verdict;
  return absl::FailedPreconditionError(absl::StrCat(options.file, ": its log is ", id, ", not the one that you trust (",
                                                    options.log_id,
                                                    "): its signatures say nothing about your federation"));
}

// What a whole log has to say against it.
absl::Status HoldAgainstLog(const std::string& path, ProvenanceVerdict& verdict) {
  JobEntriesCheck entries(verdict);
  const KnownHead head{"the provenance", verdict.statement.log.head};
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader,
                          LogReader::Open(path, {head}, [&entries](const LogEntry& entry) { entries.See(entry); }));
  while (reader->NextEntry().has_value()) {
  }
  const std::optional<LogIdentity>& identity = reader->check().facts().identity;
  if (identity.has_value() && identity->id() != verdict.evidence.identity.id()) {
    verdict.faults.push_back(absl::StrCat(path, " is another log, ", HexDigest(identity->id())));
    return absl::OkStatus();
  }
  if (reader->check().fault().has_value()) {
    verdict.faults.push_back(absl::StrCat(path, ": ", FaultInWords(*reader->check().fault())));
  }
  for (std::string& fault : entries.Faults()) verdict.faults.push_back(std::move(fault));
  return absl::OkStatus();
}

absl::Status HoldAgainstModel(const std::string& path, ProvenanceVerdict& verdict) {
  ACCORD_ASSIGN_OR_RETURN(const HashedFile file, HashFile(path));
  for (const std::string& fault : FaultsOfModelFile(file, verdict.made)) {
    verdict.faults.push_back(absl::StrCat(path, ": ", fault));
  }
  return absl::OkStatus();
}

// What is wrong with a file is said of the file, and the others still count.
absl::StatusOr<Lineage> OpenPostures(const ProvenanceOptions& options, ProvenanceVerdict& verdict) {
  ACCORD_ASSIGN_OR_RETURN(const ReadOrder read, ReadOrderFile(options.order));
  const auto order = OrderOfStatement(verdict.statement, read.statement);
  if (!order.ok()) return Annotate(order.status(), options.order);
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadRoster(options.roster));
  Lineage lineage(verdict.statement, *order);
  for (const std::string& path : options.postures) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxStatementBytes + 256));
    const auto said = ReadSaidPosture(text, path, *roster);
    const absl::Status opens =
        said.ok() ? Annotate(lineage.Open(said->posture, said->commitment), path) : said.status();
    if (!opens.ok()) verdict.faults.push_back(std::string(opens.message()));
  }
  return lineage;
}

absl::StatusOr<Signers> ReadSigners(const ProvenanceOptions& options, ProvenanceVerdict& verdict) {
  ACCORD_ASSIGN_OR_RETURN(const ActiveCharter charter,
                          ReadActiveCharter(options.charter, options.former, options.roster));
  ACCORD_ASSIGN_OR_RETURN(const std::string charter_file, ReadFile(options.charter, kMaxSignedCharterBytes));
  ACCORD_ASSIGN_OR_RETURN(ReadOrder order, ReadOrderFile(options.order));
  ACCORD_ASSIGN_OR_RETURN(const std::vector<ReadApproval> approvals, ReadApprovalFiles(options.approvals));
  GivenPapers papers{.charter = charter,
                     .charter_file = Sha256(charter_file),
                     .order = std::move(order.statement),
                     .approvals = StatementsOf(approvals),
                     .job_bytes = std::nullopt};
  if (!options.job.empty()) {
    ACCORD_ASSIGN_OR_RETURN(ReadJob job, ReadOrderedJob(options.job));
    papers.job_bytes = std::move(job.bytes);
  }
  Signers signers = CheckSigners(verdict.statement, verdict.evidence, papers);
  verdict.faults.insert(verdict.faults.end(), signers.faults.begin(), signers.faults.end());
  return signers;
}

std::string Ending(const ProvenanceVerdict& verdict, const ProvenanceOptions& options) {
  if (verdict.faults.empty()) {
    std::string text = "\nThe provenance holds.\n";
    if (options.model.empty()) absl::StrAppend(&text, "The model itself was not looked at: --model FILE does.\n");
    if (options.postures.empty() && ListsPostures(verdict.statement)) {
      absl::StrAppend(&text, "Which data the sites worked on stays closed: --posture opens what they signed.\n");
    }
    if (options.charter.empty() && verdict.statement.order.has_value()) {
      absl::StrAppend(&text, "By whose word it ran was not looked at: --charter and --approval do.\n");
    }
    if (options.log_id.empty()) {
      absl::StrAppend(&text,
                      "Any log was taken: ask somebody of the federation for its log's id, and give --log-id.\n");
    }
    return text;
  }
  std::string text = "\n";
  for (const std::string& fault : verdict.faults) absl::StrAppend(&text, "WRONG: ", Printable(fault), "\n");
  absl::StrAppend(&text, "The provenance does NOT hold.\n");
  return text;
}

}  // namespace

absl::StatusOr<ExitCode> VerifyProvenance(CommandTree& tree, const ProvenanceOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(ProvenanceVerdict verdict, ReadVerdict(options));
  if (!options.log.empty()) ACCORD_RETURN_IF_ERROR(HoldAgainstLog(options.log, verdict));
  if (!options.model.empty()) ACCORD_RETURN_IF_ERROR(HoldAgainstModel(options.model, verdict));
  std::optional<Lineage> lineage;
  if (!options.postures.empty()) {
    auto opened = OpenPostures(options, verdict);
    if (!opened.ok()) return opened.status();
    lineage.emplace(*std::move(opened));
  }
  std::optional<Signers> signers;
  if (!options.charter.empty()) {
    ACCORD_ASSIGN_OR_RETURN(signers, ReadSigners(options, verdict));
  }
  if (tree.json()) {
    nlohmann::json result = ToJson(verdict);
    result["model_checked"] = !options.model.empty();
    result["log_checked"] = !options.log.empty();
    if (lineage.has_value()) result["lineage"] = ToJson(*lineage, verdict.statement);
    if (signers.has_value()) result["signers"] = ToJson(*signers);
    tree.environment().out << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    tree.environment().out << ProvenanceInWords(verdict) << (signers.has_value() ? SignersInWords(*signers) : "")
                           << (lineage.has_value() ? LineageInWords(*lineage, verdict.statement) : "")
                           << Ending(verdict, options);
  }
  return verdict.faults.empty() ? kExitOk : kExitFailed;
}

}  // namespace accord
