// `accord audit fetch`: the federation's log for auditors; `accord audit accesses`: who read what, from the coordinator
// or, believing nobody, from the log's file.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/audit/log_reader.h"
#include "cli/audit/log_words.h"
#include "cli/commands/commands.h"
#include "cli/commands/watching.h"
#include "cli/numbers.h"
#include "cli/operations/client.h"
#include "cli/terminal_text.h"
#include "trust/log/log_payloads.h"

namespace accord {
namespace {

constexpr int kNamesMode = 0600;

// ---- fetch ----

struct FetchLogOptions {
  std::string out;
  std::string names;
};

absl::StatusOr<ExitCode> FetchLog(CommandTree& tree, const FetchLogOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, client.FetchLog(!options.names.empty()));
  // No line of a log begins so: the names stand behind it as a file of their own.
  const size_t end = std::min(text.find(absl::StrCat("\n", kLogNamesTitle, "\n")), text.size() - 1) + 1;
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.out, absl::string_view(text).substr(0, end)));
  if (!options.names.empty()) {
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(options.names, absl::string_view(text).substr(end), kNamesMode));
  }
  if (tree.json()) {
    const nlohmann::json written = {{"file", options.out}, {"names", options.names}};
    environment.out << written.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return kExitOk;
  }
  environment.out << "wrote " << options.out << "; check it: accord audit verify " << options.out
                  << (options.names.empty() ? "" : absl::StrCat(" --names ", options.names)) << "\n";
  return kExitOk;
}

// ---- accesses ----

struct AccessOptions {
  std::string job_id;
  std::string log;
  std::string names;
};

// Of the file, oldest first. INVALID_ARGUMENT: the log does not hold.
absl::StatusOr<std::vector<v1::Access>> AccessesInFile(const AccessOptions& options) {
  NameOpenings openings;
  if (!options.names.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.names, kMaxLogNamesFileBytes));
    auto read = ParseNameOpenings(text);
    if (!read.ok()) return Annotate(read.status(), options.names);
    openings = *std::move(read);
  }
  std::vector<v1::Access> accesses;
  const auto visit = [&](const LogEntry& entry) {
    if (entry.kind != LogEntryKind::kAccess) return;
    const auto payload = AccessPayload::Parse(entry.payload.bytes);
    if (!payload.ok() || !absl::StartsWith(payload->job_id, options.job_id)) return;
    v1::Access& access = accesses.emplace_back();
    access.set_job_id(payload->job_id);
    access.set_what(std::string(AccessWord(payload->what)));
    access.set_round(payload->round);
    access.set_first_unix_ms(static_cast<int64_t>(entry.unix_us / 1000));
    access.set_entry(entry.index);
    const auto [begin, end] = openings.equal_range(entry.index);
    for (auto opening = begin; opening != end; ++opening) {
      const bool opens =
          std::find(entry.names.begin(), entry.names.end(), opening->second.Commit()) != entry.names.end();
      if (opens && opening->second.role == NameRole::kPerson) access.set_person(opening->second.name);
    }
  };
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, LogReader::Open(options.log, {}, visit));
  while (reader->NextEntry().has_value()) {
  }
  if (const std::optional<LogFault>& fault = reader->check().fault(); fault.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.log, ": the log does not hold; nothing of it is shown:\n", FaultInWords(*fault)));
  }
  return accesses;
}

absl::StatusOr<v1::ListAccessesResponse> FindAccesses(CommandTree& tree, const AccessOptions& options) {
  if (options.log.empty()) {
    ACCORD_ASSIGN_OR_RETURN(OperationsClient client, OperationsClient::Connect(tree.environment(), tree.profile()));
    return client.ListAccesses(options.job_id);
  }
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::Access> accesses, AccessesInFile(options));
  v1::ListAccessesResponse found;
  found.mutable_accesses()->Assign(accesses.rbegin(), accesses.rend());
  return found;
}

absl::StatusOr<ExitCode> ListAccesses(CommandTree& tree, const AccessOptions& options) {
  CliEnvironment& environment = tree.environment();
  ACCORD_ASSIGN_OR_RETURN(const v1::ListAccessesResponse found, FindAccesses(tree, options));
  if (tree.json()) return PrintJson(found, environment);
  if (found.accesses().empty()) {
    environment.out << "nobody read anything\n";
    return kExitOk;
  }
  environment.out << Padded("FIRST IN ITS HOUR", 26) << Padded("PERSON", 20) << Padded("WHAT", 20) << Padded("JOB", 18)
                  << "ENTRY\n";
  for (const v1::Access& access : found.accesses()) {
    const std::string what =
        access.round() == 0 ? access.what() : absl::StrCat(access.what(), ", round ", access.round());
    environment.out << Padded(TimeInWords(access.first_unix_ms()), 26)
                    << Padded(access.person().empty() ? "(not opened)" : Printable(access.person()), 19) << " "
                    << Padded(Printable(what), 19) << " " << Padded(Printable(access.job_id()), 17) << " "
                    << access.entry() << "\n";
  }
  if (found.more()) environment.err << "there are older ones; the log has them all (accord audit fetch)\n";
  return kExitOk;
}

}  // namespace

void AddAccessCommands(CommandTree& tree, CLI::App& group) {
  const auto fetching = std::make_shared<FetchLogOptions>();
  CLI::App& fetch = tree.AddLeaf(
      group,
      {.name = "fetch",
       .description =
           "As auditor or ombudsman: fetch the federation's log from the coordinator, to be checked offline, "
           "and what opens the names in it.",
       .example = "accord audit fetch -o heart.log --names names.txt"},
      [&tree, fetching] { return FetchLog(tree, *fetching); });
  fetch.add_option("-o,--out", fetching->out, "file to write")->required()->type_name("FILE");
  fetch.add_option("--names", fetching->names, "file to write the names to; readable by its owner only")
      ->type_name("FILE");
  const auto options = std::make_shared<AccessOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "accesses",
       .description = "List who read reports, papers, models and provenances, newest first: as the coordinator tells "
                      "it, or from the log's file, which is checked first.",
       .example = "accord audit accesses --job 7f3a\n"
                  "accord audit accesses --log heart.log --names names.txt"},
      [&tree, options] { return ListAccesses(tree, *options); });
  leaf.add_option("--job", options->job_id, "of this job only: its id, or its first characters");
  CLI::Option* log = leaf.add_option("--log", options->log, "a whole log's file")->type_name("FILE");
  leaf.add_option("--names", options->names, "file that opens its names")->type_name("FILE")->needs(log);
}

}  // namespace accord
