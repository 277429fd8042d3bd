// `accord policy check`, `sign` and `show`: what a site adds to the charter, and who of its organisation has signed it.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "cli/governance/policy_writing.h"
#include "trust/charter/policy_check.h"
#include "trust/charter/policy_words.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

struct PolicyOptions {
  std::string file;
  std::string charter;
  std::string site;
  std::string roster;  // of `check`: empty where it is not at hand
};

struct PolicySignOptions {
  PolicyOptions policy;
  std::string add_to;
  std::string before;  // the policy that it replaces; empty: not at hand
  std::string out;
  bool none = false;
};

struct PolicyShowOptions {
  std::string file;
  std::string charter;
  std::string roster;
  std::string policy;
};

// What the one has and the other has not, so that whoever signs sees what is given up too.
std::vector<std::string> ChangedLines(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const auto lacks = [](const std::vector<std::string>& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) == lines.end();
  };
  std::vector<std::string> changes;
  for (const std::string& line : before) {
    if (lacks(after, line)) changes.push_back(absl::StrCat("no longer: ", line));
  }
  for (const std::string& line : after) {
    if (lacks(before, line)) changes.push_back(absl::StrCat("new: ", line));
  }
  return changes;
}

// Is there such a site? Whoever writes a policy at a desk may have mistyped it, and data sets of any site fit it then.
absl::Status CheckIsListed(const Roster& roster, const std::string& site) {
  if (roster.Find(site) != nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--site ", site, ": the roster lists no such site; `accord-client roster ", "show FILE` says which it lists"));
}

absl::StatusOr<ExitCode> CheckPolicy(CommandTree& tree, const PolicyOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.charter));
  ACCORD_ASSIGN_OR_RETURN(const SitePolicy policy, ReadPolicy(options.file, *charter.charter(), options.site));
  if (!options.roster.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadRoster(options.roster));
    ACCORD_RETURN_IF_ERROR(CheckIsListed(*roster, options.site));
  }
  const std::vector<std::string> lines = PolicyLines(policy.rules());
  const std::string hash = HexDigest(charter.charter()->hash());
  std::string text =
      absl::StrCat(options.file, " loosens nothing of the charter ", hash, "\nSite ", options.site, ":\n");
  for (const std::string& line : lines) absl::StrAppend(&text, "  ", line, "\n");
  absl::StrAppend(&text, "In all else the charter counts.\n",
                  options.roster.empty() ? "Whether there is a site of this id was not asked: --roster FILE\n" : "");
  PrintFound(tree, {{"site", options.site}, {"charter", hash}, {"holds", true}, {"rules", lines}}, text);
  return kExitOk;
}

absl::StatusOr<SignedPolicy> ReadSignedPolicy(const std::string& path) {
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxSignedPolicyBytes));
  auto signed_policy = SignedPolicy::Parse(text);
  return signed_policy.ok() ? std::move(signed_policy) : Annotate(signed_policy.status(), path);
}

absl::StatusOr<ExitCode> SignPolicyFile(CommandTree& tree, const PolicySignOptions& options) {
  CliEnvironment& environment = tree.environment();
  if (options.none == !options.policy.file.empty()) {
    return absl::InvalidArgumentError("name the policy's file, or say --none where the site is to go by none any more");
  }
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.policy.charter));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadRoster(options.policy.roster));
  ACCORD_ASSIGN_OR_RETURN(const PersonWithKey person, ReadPerson(environment, tree.profile()));
  PolicyRequest request{.site = options.policy.site, .policy = std::nullopt};
  std::vector<std::string> lines;
  if (!options.none) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadPolicyText(options.policy.file));
    ACCORD_ASSIGN_OR_RETURN(const SitePolicy policy,
                            SitePolicy::Parse(text, options.policy.file, *charter.charter(), options.policy.site));
    lines = PolicyLines(policy.rules());
    request.policy = PolicyTextHash(text);
  }
  std::vector<std::string> changes;
  if (!options.before.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const SitePolicy replaced,
                            ReadPolicy(options.before, *charter.charter(), options.policy.site));
    changes = ChangedLines(PolicyLines(replaced.rules()), lines);
  }
  std::optional<SignedPolicy> before;
  if (!options.add_to.empty()) {
    ACCORD_ASSIGN_OR_RETURN(before, ReadSignedPolicy(options.add_to));
  }
  ACCORD_ASSIGN_OR_RETURN(const SignedPolicy signed_policy,
                          SignPolicy(request, *charter.charter(), *roster, before, person, environment.clock.Now()));
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, signed_policy.Text()));
  const auto found = CheckSignedPolicy(*charter.charter(), *roster, options.policy.site, signed_policy);
  const std::vector<std::string> signers =
      SignersOfPolicy(*charter.charter(), *roster, options.policy.site, signed_policy);
  ACCORD_ASSIGN_OR_RETURN(const PolicyStatement statement, ParsePolicyStatement(signed_policy.bytes));
  const std::string hash = request.policy.has_value() ? HexDigest(*request.policy) : "none";
  std::string text = absl::StrCat("signed as ", person.identity, ": the policy ", hash, " of ", options.policy.site,
                                  ", of ", FormatUtc(statement.time), "\n");
  for (const std::string& line : lines) absl::StrAppend(&text, "  ", line, "\n");
  absl::StrAppend(&text, "In all else the charter counts.\n");
  if (options.before.empty()) {
    absl::StrAppend(&text, "What that changes is not told: name the policy that it replaces by --before.\n");
  } else {
    absl::StrAppend(&text, "Against ", options.before, changes.empty() ? " nothing of that is other.\n" : ":\n");
    for (const std::string& line : changes) absl::StrAppend(&text, "  ", line, "\n");
  }
  absl::StrAppend(&text, options.out, " is signed by ", absl::StrJoin(signers, ", "), "\n",
                  found.ok() ? absl::StrCat("It holds. At the site: accord-client policy take ", options.out, "\n")
                             : absl::StrCat("Not yet: ", found.status().message(), "\n"));
  PrintFound(tree,
             {{"site", options.policy.site},
              {"policy", hash},
              {"time", FormatUtc(statement.time)},
              {"signed_by", signers},
              {"holds", found.ok()},
              {"rules", lines},
              {"compared_with", options.before},
              {"changes", changes},
              {"file", options.out}},
             text);
  return kExitOk;
}

absl::StatusOr<ExitCode> ShowSignedPolicy(CommandTree& tree, const PolicyShowOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.charter));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadRoster(options.roster));
  ACCORD_ASSIGN_OR_RETURN(const SignedPolicy signed_policy, ReadSignedPolicy(options.file));
  ACCORD_ASSIGN_OR_RETURN(const PolicyStatement statement, ParsePolicyStatement(signed_policy.bytes));
  const auto found = CheckSignedPolicy(*charter.charter(), *roster, statement.site, signed_policy);
  const std::vector<std::string> signers = SignersOfPolicy(*charter.charter(), *roster, statement.site, signed_policy);
  std::string why = found.ok() ? "" : std::string(found.status().message());
  if (found.ok() && !options.policy.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadPolicyText(options.policy));
    if (PolicyTextHash(text) != statement.policy)
      why = absl::StrCat(options.policy, " is another text than was signed");
  }
  PrintFound(tree,
             {{"site", statement.site},
              {"charter", statement.charter},
              {"policy", statement.policy.has_value() ? HexDigest(*statement.policy) : "none"},
              {"time", FormatUtc(statement.time)},
              {"signed_by", signers},
              {"holds", why.empty()},
              {"why_not", why}},
             absl::StrCat(PolicyStatementInWords(statement), ", under the charter ", statement.charter, "\n  by ",
                          signers.empty() ? "nobody who may" : absl::StrJoin(signers, ", "), "\n",
                          why.empty() ? "It holds.\n" : absl::StrCat("It does NOT hold: ", why, "\n")));
  return why.empty() ? kExitOk : kExitFailed;
}

void AddCheckPolicy(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<PolicyOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "check",
       .description = "Hold a site's policy against the charter: it may tighten it. Each line that would "
                      "loosen is told with the clause that it contradicts.",
       .example = "accord policy check policy.yaml --charter charter.signed --roster roster.txt --site va"},
      [&tree, options] { return CheckPolicy(tree, *options); });
  leaf.add_option("FILE", options->file, "the policy")->required();
  leaf.add_option("--charter", options->charter, "the charter")->required()->type_name("FILE");
  leaf.add_option("--roster", options->roster, "the signed roster, which says whether there is such a site")
      ->type_name("FILE");
  leaf.add_option("--site", options->site, "whose policy it is")->required()->type_name("ID");
}

void AddSignPolicy(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<PolicySignOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "sign",
       .description =
           "Say in words what a site's policy lets, and sign it, where the charter asks for that "
           "(site_policies). Several people of the site's organisation sign the same text: the second one adds "
           "to the file of the first.",
       .example = "accord policy sign policy.yaml --charter charter.signed --roster roster.txt --site va --add-to "
                  "first.policy -o va.policy"},
      [&tree, options] { return SignPolicyFile(tree, *options); });
  leaf.add_option("FILE", options->policy.file, "the policy");
  leaf.add_flag("--none", options->none, "the site goes by the charter alone from then on");
  leaf.add_option("--charter", options->policy.charter, "the charter")->required()->type_name("FILE");
  leaf.add_option("--roster", options->policy.roster, "the signed roster")->required()->type_name("FILE");
  leaf.add_option("--site", options->policy.site, "a site of your organisation")->required()->type_name("ID");
  leaf.add_option("--add-to", options->add_to, "what others have signed already")->type_name("FILE");
  leaf.add_option("--before", options->before, "the policy that it replaces: what changes is told")->type_name("FILE");
  leaf.add_option("-o,--out", options->out, "file to write; one that is there is not written over")
      ->required()
      ->type_name("FILE");
}

void AddShowPolicy(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<PolicyShowOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "show",
       .description =
           "Check offline whether enough people of its organisation have signed a site's policy. Ends with 1 "
           "where it does not hold.",
       .example = "accord policy show va.policy --charter charter.signed --roster roster.txt --policy policy.yaml"},
      [&tree, options] { return ShowSignedPolicy(tree, *options); });
  leaf.add_option("FILE", options->file, "the signed policy")->required();
  leaf.add_option("--charter", options->charter, "the charter")->required()->type_name("FILE");
  leaf.add_option("--roster", options->roster, "the signed roster")->required()->type_name("FILE");
  leaf.add_option("--policy", options->policy, "the text that was to be signed")->type_name("FILE");
}

}  // namespace

void AddPolicyCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("policy", "What a site adds to the charter, and who has signed it.");
  AddCheckPolicy(tree, group);
  AddSignPolicy(tree, group);
  AddShowPolicy(tree, group);
}

}  // namespace accord
