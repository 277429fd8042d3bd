#include "cli/commands/audit_provenance.h"

#include <memory>
#include <nlohmann/json.hpp>
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
#include "trust/provenance/provenance_check.h"
#include "trust/provenance/provenance_file.h"

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

std::string Ending(const ProvenanceVerdict& verdict, const ProvenanceOptions& options) {
  if (verdict.faults.empty()) {
    std::string text = "\nThe provenance holds.\n";
    if (options.model.empty()) absl::StrAppend(&text, "The model itself was not looked at: --model FILE does.\n");
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
  if (tree.json()) {
    nlohmann::json result = ToJson(verdict);
    result["model_checked"] = !options.model.empty();
    result["log_checked"] = !options.log.empty();
    tree.environment().out << result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    tree.environment().out << ProvenanceInWords(verdict) << Ending(verdict, options);
  }
  return verdict.faults.empty() ? kExitOk : kExitFailed;
}

}  // namespace accord
