// `accord audit compare`: are two files of one log's making two stories?
//
// Two cohorts that never meet in a round can each be kept on a log of their own. What they were given, laid side by
// side, shows it.
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/audit/log_reader.h"
#include "cli/audit/log_words.h"
#include "cli/commands/commands.h"
#include "cli/numbers.h"

namespace accord {
namespace {

using nlohmann::json;

struct CompareOptions {
  std::string one, other;
};

struct Outcome {
  enum class Kind { kAgree, kForked, kUnknown } kind = Kind::kAgree;
  std::string what;
  std::optional<uint64_t> first_index;  // where the stories part
};

absl::Status Different(const LogIdentity& one, const LogIdentity& other) {
  return absl::FailedPreconditionError(
      absl::StrCat("the files are of different logs: ", HexDigest(one.id()), " of project ", one.project(), " and ",
                   HexDigest(other.id()), " of project ", other.project(),
                   ". If both were given out as the log of one project, that is two logs for one"));
}

absl::Status Wrong(const std::string& path, const LogFault& fault) {
  return absl::FailedPreconditionError(absl::StrCat(path, ": ", FaultInWords(fault)));
}

// Reads both to their ends; each must hold by itself before it can say anything against the other.
absl::StatusOr<Outcome> CompareLogs(const CompareOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> one, LogReader::Open(options.one));
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> other, LogReader::Open(options.other));
  std::optional<uint64_t> parted;
  std::optional<absl::string_view> one_line = one->NextEntry(), other_line = other->NextEntry();
  for (uint64_t index = 0; one_line.has_value() && other_line.has_value(); ++index) {
    if (!parted.has_value() && *one_line != *other_line) parted = index;
    one_line = one->NextEntry();
    other_line = other->NextEntry();
  }
  while (one_line.has_value()) one_line = one->NextEntry();
  while (other_line.has_value()) other_line = other->NextEntry();
  if (one->check().fault().has_value()) return Wrong(options.one, *one->check().fault());
  if (other->check().fault().has_value()) return Wrong(options.other, *other->check().fault());
  const LogFacts& one_facts = one->check().facts();
  const LogFacts& other_facts = other->check().facts();
  if (one_facts.identity->id() != other_facts.identity->id()) {
    return Different(*one_facts.identity, *other_facts.identity);
  }
  if (parted.has_value()) {
    return Outcome{Outcome::Kind::kForked,
                   absl::StrCat("both logs are signed by the same key, and they part at entry ", *parted), parted};
  }
  return Outcome{Outcome::Kind::kAgree,
                 absl::StrCat("the logs, of ", EntriesInWords(one_facts.num_entries), " and of ",
                              EntriesInWords(other_facts.num_entries), ", are the same as far as both go"),
                 std::nullopt};
}

// Whether the check ended well but for heads that were signed later than the log was written out.
bool IsOlderThan(const WholeLogCheck& check, const ShownFile& shown) {
  const std::optional<LogHead>& last = check.facts().last_head;
  return check.fault()->line == 0 && last.has_value() && last->tree_size == check.facts().num_entries &&
         last->tree_size < shown.heads.back().tree_size;
}

absl::StatusOr<Outcome> CompareLogWithHeads(const std::string& log, const std::string& heads, LogFileKind kind) {
  ACCORD_ASSIGN_OR_RETURN(const ShownFile shown, ReadShownFile(heads, kind));
  std::vector<KnownHead> known;
  for (const SignedLogHead& head : shown.signed_heads) known.push_back({heads, head});
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<LogReader> reader, LogReader::Open(log, std::move(known)));
  while (reader->NextEntry().has_value()) {
  }
  const LogFacts& facts = reader->check().facts();
  const std::optional<LogFault>& fault = reader->check().fault();
  if (facts.identity.has_value() && facts.identity->id() != shown.identity.id()) {
    return Different(*facts.identity, shown.identity);
  }
  if (!fault.has_value()) return Outcome{Outcome::Kind::kAgree, "the log has what the heads were signed over", {}};
  if (fault->is_fork) return Outcome{Outcome::Kind::kForked, fault->what, fault->first_index};
  if (!IsOlderThan(reader->check(), shown)) return Wrong(log, *fault);
  return Outcome{Outcome::Kind::kUnknown,
                 absl::StrCat("the log, of ", EntriesInWords(facts.num_entries), ", is older than the head of ",
                              EntriesInWords(shown.heads.back().tree_size),
                              "; take one that was written out later, or a proof of consistency between the two"),
                 std::nullopt};
}

absl::StatusOr<Outcome> CompareShownFiles(const CompareOptions& options, LogFileKind one_kind, LogFileKind other_kind) {
  ACCORD_ASSIGN_OR_RETURN(const ShownFile one, ReadShownFile(options.one, one_kind));
  ACCORD_ASSIGN_OR_RETURN(const ShownFile other, ReadShownFile(options.other, other_kind));
  if (one.identity.id() != other.identity.id()) return Different(one.identity, other.identity);
  const ComparedHeads compared = CompareHeads(one.heads, other.heads);
  switch (compared.kind) {
    case ComparedHeads::Kind::kForked:
      return Outcome{Outcome::Kind::kForked,
                     absl::StrCat("two heads of ", EntriesInWords(compared.size),
                                  " have different roots, and both are signed by the log's key"),
                     std::nullopt};
    case ComparedHeads::Kind::kAgree:
      return Outcome{Outcome::Kind::kAgree,
                     absl::StrCat("the head of ", EntriesInWords(compared.size), " is the same in both"), std::nullopt};
    case ComparedHeads::Kind::kUnknown:
      break;
  }
  return Outcome{
      Outcome::Kind::kUnknown,
      absl::StrCat("heads of ", EntriesInWords(one.heads.back().tree_size), " and of ",
                   EntriesInWords(other.heads.back().tree_size), " cannot be compared by themselves",
                   compared.size == 0 ? "" : absl::StrCat(" (they agree up to ", CountInWords(compared.size), ")"),
                   "; take the whole log of one side, or a proof of consistency that ends at the other side's head"),
      std::nullopt};
}

absl::StatusOr<Outcome> CompareFiles(const CompareOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const LogFileKind one, KindOfLogFile(options.one));
  ACCORD_ASSIGN_OR_RETURN(const LogFileKind other, KindOfLogFile(options.other));
  const bool one_is_log = one == LogFileKind::kWholeLog, other_is_log = other == LogFileKind::kWholeLog;
  if (one_is_log && other_is_log) return CompareLogs(options);
  if (one_is_log) return CompareLogWithHeads(options.one, options.other, other);
  if (other_is_log) return CompareLogWithHeads(options.other, options.one, one);
  return CompareShownFiles(options, one, other);
}

absl::StatusOr<ExitCode> Compare(CommandTree& tree, const CompareOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const Outcome outcome, CompareFiles(options));
  constexpr const char* kWords[] = {"agree", "forked", "unknown"};
  constexpr const char* kHeadlines[] = {"AGREE: ", "FORKED: ", "NOT KNOWN: "};
  const auto kind = static_cast<size_t>(outcome.kind);
  if (tree.json()) {
    json result = {{"outcome", kWords[kind]}, {"what", outcome.what}};
    if (outcome.first_index.has_value()) result["first_index"] = *outcome.first_index;
    tree.environment().out << result.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  } else {
    tree.environment().out << kHeadlines[kind] << outcome.what << "\n";
    if (outcome.kind == Outcome::Kind::kForked) {
      tree.environment().out << "Keep both files: they convict whoever holds the log's key.\n";
    }
  }
  return outcome.kind == Outcome::Kind::kAgree ? kExitOk : kExitFailed;
}

}  // namespace

void AddCompareCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<CompareOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "compare",
       .description =
           "Compare what two parties were given of one log, offline: logs, heads or proofs. Finds a log that "
           "tells two stories. Ends with 0 when they agree, else with 1.",
       .example = "accord audit compare heart-of-north.log heart-of-south.log\n"
                  "accord audit compare heart.log head-of-south"},
      [&tree, options] { return Compare(tree, *options); });
  leaf.add_option("FILE", options->one, "what one party was given")->required();
  leaf.add_option("OTHER", options->other, "what the other was given")->required();
}

}  // namespace accord
