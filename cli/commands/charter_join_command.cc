// `accord charter join`: the draft of a joint charter, of each field the stricter one of two federations' charters.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "trust/joint/charter_join.h"
#include "trust/joint/joint_charter.h"

namespace accord {
namespace {

struct CharterJoinOptions {
  std::string first;
  std::string second;
  std::vector<std::string> rosters;  // none, or of the first and of the second
  std::string name = "joint";
  std::string out;
};

nlohmann::json JoinWordsToJson(const std::vector<JoinWords>& all) {
  nlohmann::json list = nlohmann::json::array();
  for (const JoinWords& words : all) list.push_back({{"field", words.field}, {"words", words.words}});
  return list;
}

std::string JoinLines(const std::vector<JoinWords>& all) {
  std::string text;
  for (const JoinWords& words : all) absl::StrAppend(&text, "  ", words.field, ": ", words.words, "\n");
  return text;
}

// Where the two have nothing in common that is at least as strict as both.
absl::StatusOr<ExitCode> TellClashes(CommandTree& tree, const CharterJoin& join, const absl::Status& draft) {
  std::string text = absl::StrCat(
      "Nothing was written: the two charters cannot be joined as they are. The two "
      "federations have to talk about:\n",
      JoinLines(join.clashes));
  // Faults of the draft repeat what has no stricter value; else they are what there is to talk about.
  const std::string faults = join.clashes.empty() ? std::string(draft.message()) : "";
  if (!faults.empty()) absl::StrAppend(&text, faults, "\n");
  absl::StrAppend(&text, "What came from which, and what is left out:\n", JoinLines(join.notes));
  PrintFound(tree,
             {{"clashes", JoinWordsToJson(join.clashes)}, {"faults", faults}, {"notes", JoinWordsToJson(join.notes)}},
             text);
  return kExitFailed;
}

absl::StatusOr<ExitCode> JoinCharterFiles(CommandTree& tree, const CharterJoinOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter first, ReadCharter(options.first));
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter second, ReadCharter(options.second));
  std::vector<std::shared_ptr<const Roster>> rosters;
  for (const std::string& path : options.rosters) {
    ACCORD_ASSIGN_OR_RETURN(std::shared_ptr<const Roster> roster, ReadRoster(path));
    rosters.push_back(std::move(roster));
  }
  const bool has_rosters = rosters.size() == 2;
  const JoinSide one{*first.charter(), options.first, has_rosters ? rosters[0].get() : nullptr};
  const JoinSide other{*second.charter(), options.second, has_rosters ? rosters[1].get() : nullptr};
  const CharterJoin join = JoinCharters(one, other, options.name);
  const std::string text = JoinedCharterText(one, other, join);
  const auto draft = Charter::Parse(text, options.out);
  if (!join.clashes.empty() || !draft.ok()) return TellClashes(tree, join, draft.status());
  if (has_rosters) {
    ACCORD_RETURN_IF_ERROR(CheckJointCharter(*draft, {one.charter, *one.members}, {other.charter, *other.members}));
  }
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, text));
  PrintFound(tree, {{"file", options.out}, {"hash", HexDigest(draft->hash())}, {"notes", JoinWordsToJson(join.notes)}},
             absl::StrCat("a draft is in ", options.out, "; of each field it has the stricter one:\n",
                          JoinLines(join.notes), "Read it, and have all sites of both federations sign it.\n"));
  return kExitOk;
}

}  // namespace

void AddCharterJoinCommand(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<CharterJoinOptions>();
  CLI::App& join = tree.AddLeaf(
      group,
      {.name = "join",
       .description = "Write the draft of a charter for two federations that work together: of each field the "
                      "stricter one of their charters, with words for which came from which. Where there is none, says "
                      "what to talk about, writes nothing and ends with 1.",
       .example = "accord charter join a.signed b.signed --rosters a-roster b-roster --name a-with-b -o joint.yaml"},
      [&tree, options] { return JoinCharterFiles(tree, *options); });
  join.add_option("FIRST", options->first, "the charter of one federation")->required();
  join.add_option("SECOND", options->second, "the charter of the other")->required();
  join.add_option("--rosters", options->rosters,
                  "signed rosters of both, in the same order: a charter then speaks for its own federation's sites "
                  "alone where it says which release a data set")
      ->type_name("FILE")
      ->expected(2);
  join.add_option("--name", options->name, "the joint charter's name; else joint")->type_name("NAME");
  join.add_option("-o,--out", options->out, "file to write")->required()->type_name("FILE");
}

}  // namespace accord
