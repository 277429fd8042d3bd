// `accord audit federation-tree`: a project's log against the tree that committed to its heads, offline.
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/audit/log_words.h"
#include "cli/audit/tree_audit.h"
#include "cli/commands/commands.h"
#include "cli/numbers.h"

namespace accord {
namespace {

constexpr size_t kMostRangesInWords = 20;

std::string RangesInWords(absl::string_view title, const std::vector<TickRange>& ranges) {
  if (ranges.empty()) return "";
  uint64_t count = 0;
  std::string lines;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const TickRange& range = ranges[i];
    count += range.count;
    if (i >= kMostRangesInWords) continue;
    absl::StrAppend(&lines, "  ", LogTimeInWords(range.first_us),
                    range.count == 1 ? "" : absl::StrCat(" to ", LogTimeInWords(range.last_us)), "\n");
  }
  if (ranges.size() > kMostRangesInWords) {
    absl::StrAppend(&lines, "  and ", CountInWords(ranges.size() - kMostRangesInWords), " more such times (--json)\n");
  }
  return absl::StrCat(title, ": ", CountInWords(count), "\n", lines);
}

std::string AuditInWords(const TreeAudit& audit) {
  std::string text;
  if (audit.tree.has_value()) {
    absl::StrAppend(&text, "Federation tree ", audit.tree->project(), ", id ", HexDigest(audit.tree->id()),
                    "\n  (compare with the id that its institution gave out; --tree-id does so)\n");
  }
  if (audit.terms.has_value()) {
    absl::StrAppend(&text, audit.terms->slots, " slots, once in ", audit.terms->cadence_s, " s; ",
                    Plural(audit.ticks_us.size(), "tick"), ", ", LogTimeInWords(audit.ticks_us.front()), " to ",
                    LogTimeInWords(audit.ticks_us.back()), "\n");
  }
  if (audit.project.has_value()) absl::StrAppend(&text, IdentityInWords(*audit.project));
  if (audit.last_committed.has_value() && !audit.committed_us.empty()) {
    absl::StrAppend(&text, Plural(audit.committed_us.size(), "receipt"), ", ",
                    LogTimeInWords(audit.committed_us.front()), " to ", LogTimeInWords(audit.committed_us.back()),
                    "; the last is of the first ", EntriesInWords(audit.last_committed->tree_size), " of ",
                    CountInWords(audit.num_entries), "\n");
  }
  absl::StrAppend(&text, RangesInWords("Ticks that the tree has not, its keeper was down", audit.missing),
                  RangesInWords("Ticks without a receipt", audit.without));
  if (!audit.fault.empty()) return absl::StrCat(text, "\n", PrintableLines(audit.fault));
  return absl::StrCat(text, "\n",
                      audit.committed_us.empty()
                          ? "There is no receipt: nothing is shown about the project's log.\n"
                          : "The log is one growing log at every tick of which there is a receipt.\n");
}

nlohmann::json RangesToJson(const std::vector<TickRange>& ranges) {
  nlohmann::json list = nlohmann::json::array();
  for (const TickRange& range : ranges) {
    list.push_back({{"first_unix_us", range.first_us}, {"last_unix_us", range.last_us}, {"ticks", range.count}});
  }
  return list;
}

bool AuditHolds(const TreeAudit& audit) { return audit.fault.empty() && !audit.committed_us.empty(); }

nlohmann::json AuditToJson(const TreeAudit& audit) {
  nlohmann::json result = {{"holds", AuditHolds(audit)},
                           {"ticks", audit.ticks_us.size()},
                           {"receipts", audit.committed_us.size()},
                           {"missing", RangesToJson(audit.missing)},
                           {"without_receipt", RangesToJson(audit.without)}};
  if (audit.tree.has_value()) result["tree_id"] = HexDigest(audit.tree->id());
  if (audit.project.has_value()) result["log_id"] = HexDigest(audit.project->id());
  if (audit.terms.has_value()) {
    result["slots"] = audit.terms->slots;
    result["cadence_s"] = audit.terms->cadence_s;
  }
  if (audit.last_committed.has_value()) result["last_committed"] = ToJson(*audit.last_committed);
  if (audit.wrong_tick_us.has_value()) result["wrong_tick_unix_us"] = *audit.wrong_tick_us;
  if (!audit.fault.empty()) result["fault"] = audit.fault;
  return result;
}

absl::StatusOr<ExitCode> CheckAgainstTree(CommandTree& tree, const TreeAuditOptions& options) {
  for (const std::string& id : {options.tree_id, options.log_id}) {
    if (!id.empty() && !IsHexDigest(id)) {
      return absl::InvalidArgumentError("--tree-id and --log-id: 64 digits of 0-9 and a-f");
    }
  }
  ACCORD_ASSIGN_OR_RETURN(const TreeAudit audit, AuditAgainstTree(options));
  if (tree.json()) {
    tree.environment().out << AuditToJson(audit).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    tree.environment().out << AuditInWords(audit);
  }
  return AuditHolds(audit) ? kExitOk : kExitFailed;
}

}  // namespace

void AddFederationTreeCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<TreeAuditOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "federation-tree",
       .description =
           "Check a project's log offline against the federation tree that committed to its heads: is it one "
           "growing log at every tick of which there is a receipt? Names the first tick that is wrong, and "
           "those that show nothing. Ends with 0 when all holds, else with 1.",
       .example = "accord audit federation-tree tree.log --project heart.log --tree-id 9f86d081...0f00a08\n"
                  "accord audit federation-tree tree.log --project heart.log --receipt receipt-20270101T000000Z\n"
                  "accord audit federation-tree tree.log --project heart.log --committed-within-hours 3 --json"},
      [&tree, options] { return CheckAgainstTree(tree, *options); });
  leaf.add_option("TREE", options->tree, "the tree's log, as its institution exports it")->required();
  leaf.add_option("--project", options->project, "the project's exported log, with its receipts")
      ->type_name("LOG")
      ->required();
  leaf.add_option("--receipt", options->receipts, "a receipt that does not stand in that log (repeatable)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  leaf.add_option("--tree-id", options->tree_id, "refuse any other tree")->type_name("HEX");
  leaf.add_option("--log-id", options->log_id, "refuse any other project's log")->type_name("HEX");
  leaf.add_option("--committed-within-hours", options->committed_within_hours,
                  "from the first receipt to the tree's last tick, never longer without one")
      ->check(CLI::Range(1, 87600));
}

}  // namespace accord
