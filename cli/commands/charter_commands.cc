#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"
#include "trust/charter/active_charter.h"
#include "trust/charter/charter_draft.h"
#include "trust/charter/charter_words.h"
#include "trust/charter/signed_charter.h"
#include "trust/roster/roster_words.h"

namespace accord {
namespace {

struct CharterOptions {
  std::string file;
  std::string other;                // of diff
  std::vector<std::string> others;  // of merge
  std::string roster;
  std::string former;
  std::string out;
  std::string name = "charter";
};

absl::StatusOr<ExitCode> DraftCharter(CommandTree& tree, const CharterOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const auto roster, ReadRoster(options.roster));
  ACCORD_ASSIGN_OR_RETURN(const PersonWithKey person, ReadPerson(tree.environment(), tree.profile()));
  const DraftedPerson drafted{std::string(absl::StripPrefix(person.identity, "person/")),
                              person.signer.public_key_der()};
  const std::string text = CharterDraft(*roster, options.name, drafted, tree.environment().clock.Now());
  ACCORD_RETURN_IF_ERROR(Charter::Parse(text, options.out).status());
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, text));
  PrintFound(
      tree, {{"file", options.out}},
      absl::StrCat("a draft is in ", options.out, "; write its words and people, then have everybody sign it\n"));
  return kExitOk;
}

// The line of a charter's people for whoever is logged in, with what only they can know: their key.
absl::StatusOr<ExitCode> PrintPerson(CommandTree& tree, const CharterOptions&) {
  ACCORD_ASSIGN_OR_RETURN(const PersonWithKey person, ReadPerson(tree.environment(), tree.profile()));
  const std::string id(absl::StripPrefix(person.identity, "person/"));
  const std::string key = absl::Base64Escape(person.signer.public_key_der());
  const std::string fingerprint = KeyFingerprint(person.signer.public_key_der());
  PrintFound(
      tree, {{"id", id}, {"key", key}, {"fingerprint", fingerprint}},
      absl::StrCat("  - id: ", id,
                   "\n    name: YOUR NAME\n    organisation: AS IN THE ROSTER\n    roles: [ROLE]\n    key: ", key,
                   "\n# Read this out to whoever drafts the charter: the key's fingerprint is\n# ", fingerprint, "\n"));
  return kExitOk;
}

absl::StatusOr<ExitCode> ShowCharter(CommandTree& tree, const CharterOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.file));
  nlohmann::json signatures = nlohmann::json::array();
  std::string text = DescribeCharter(*charter.charter());
  for (const auto& [identity, signature] : charter.signatures()) {
    signatures.push_back(identity);
    absl::StrAppend(&text, "The file has a signature of ", identity, "\n");
  }
  absl::StrAppend(&text, "Whether signatures are good and enough: accord charter status\n");
  const v1::Charter& terms = charter.charter()->terms();
  const std::vector<std::string> warnings = PlaceholdersLeft(terms);
  for (const std::string& warning : warnings) absl::StrAppend(&text, "WARNING: ", warning, "\n");
  PrintFound(tree,
             {{"name", terms.name()},
              {"version", terms.version()},
              {"hash", HexDigest(charter.charter()->hash())},
              {"not_before", terms.not_before()},
              {"expires", terms.expires()},
              {"signatures", signatures},
              {"warnings", warnings}},
             text);
  return kExitOk;
}

absl::StatusOr<ExitCode> DiffCharters(CommandTree& tree, const CharterOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter before, ReadCharter(options.file));
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter after, ReadCharter(options.other));
  const std::vector<std::string> loosened = LoosenedBy(*before.charter(), *after.charter());
  const std::vector<std::string> lines = CharterDifferences(*before.charter(), *after.charter());
  std::string text = loosened.empty() ? "No rule that Accord knows becomes weaker.\n" : "BECOMES WEAKER:\n";
  for (const std::string& what : loosened) absl::StrAppend(&text, "  ", what, "\n");
  absl::StrAppend(&text, lines.empty() ? "The two are the same.\n" : "Lines that differ:\n");
  for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
  PrintFound(tree, {{"loosened", loosened}, {"differences", lines}}, text);
  return kExitOk;
}

absl::StatusOr<ExitCode> SignCharter(CommandTree& tree, const CharterOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(SignedCharter charter, ReadCharter(options.file));
  ACCORD_ASSIGN_OR_RETURN(const PersonWithKey person, ReadPerson(tree.environment(), tree.profile()));
  ACCORD_RETURN_IF_ERROR(charter.Sign(person.identity, person.signer));
  const std::string& out = options.out.empty() ? options.file : options.out;
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(out, charter.Text()));
  const std::string hash = HexDigest(charter.charter()->hash());
  PrintFound(tree, {{"identity", person.identity}, {"hash", hash}, {"file", out}},
             absl::StrCat(person.identity, " signed the charter ", hash, "\n  with the key ",
                          KeyFingerprint(person.signer.public_key_der()), "; the signature is in ", out, "\n"));
  return kExitOk;
}

absl::StatusOr<ExitCode> MergeCharters(CommandTree& tree, const CharterOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(SignedCharter charter, ReadCharter(options.file));
  for (const std::string& path : options.others) {
    ACCORD_ASSIGN_OR_RETURN(const SignedCharter other, ReadCharter(path));
    ACCORD_RETURN_IF_ERROR(Annotate(charter.MergeFrom(other), path));
  }
  const std::string& out = options.out.empty() ? options.file : options.out;
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(out, charter.Text()));
  PrintFound(tree, {{"file", out}, {"signatures", charter.signatures().size()}},
             absl::StrCat(out, " has ", charter.signatures().size(), " signatures now\n"));
  return kExitOk;
}

absl::StatusOr<ExitCode> CharterStatus(CommandTree& tree, const CharterOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.file));
  ACCORD_ASSIGN_OR_RETURN(const auto roster, ReadRoster(options.roster));
  std::shared_ptr<const Charter> former;
  if (!options.former.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const SignedCharter before, ReadCharter(options.former));
    former = before.charter();
  }
  const CharterFindings findings = ExamineCharter(charter, *roster, former.get());
  const bool active = findings.lacking.empty();
  PrintFound(tree,
             {{"hash", HexDigest(charter.charter()->hash())},
              {"roster", HexDigest(roster->hash())},
              {"active", active},
              {"signed_by", findings.signed_by},
              {"bad", findings.bad},
              {"lacking", findings.lacking},
              {"warnings", findings.warnings}},
             absl::StrCat("Charter ", HexDigest(charter.charter()->hash()), "\nheld against the roster ",
                          HexDigest(roster->hash()), "\n", DescribeFindings(findings)));
  return active ? kExitOk : kExitFailed;
}

using CharterAction = absl::StatusOr<ExitCode> (*)(CommandTree&, const CharterOptions&);

// A command with options of its own.
std::pair<CLI::App*, std::shared_ptr<CharterOptions>> AddCharterLeaf(CommandTree& tree, CLI::App& group,
                                                                     const LeafHelp& help, CharterAction action) {
  auto options = std::make_shared<CharterOptions>();
  CLI::App& leaf = tree.AddLeaf(group, help, [&tree, options, action] { return action(tree, *options); });
  return {&leaf, std::move(options)};
}

void AddWritingCommands(CommandTree& tree, CLI::App& group) {
  const auto [draft, drafted] = AddCharterLeaf(
      tree, group,
      {.name = "draft",
       .description = "Write the text of a first charter: strict, with the organisations and people of a "
                      "signed roster, or with you as its only person where that lists none. Edit it, then sign it.",
       .example = "accord charter draft --roster roster --name heart-network -o charter.yaml"},
      DraftCharter);
  draft->add_option("--roster", drafted->roster, "file of the signed roster")->required()->type_name("FILE");
  draft->add_option("--name", drafted->name, "the charter's name, the same in every version")->type_name("NAME");
  draft->add_option("-o,--out", drafted->out, "file to write")->required()->type_name("FILE");
  AddCharterLeaf(tree, group,
                 {.name = "person",
                  .description = "Print your entry for a charter's people, with the public key of your login, and the "
                                 "key's fingerprint for comparing it by telephone.",
                  .example = "accord charter person"},
                 PrintPerson);
  const auto [sign, signing] = AddCharterLeaf(
      tree, group,
      {.name = "sign",
       .description =
           "Add your signature to a charter, with the key of your login. Read it first: accord charter show, "
           "and of an amendment accord charter diff. Sites sign with their own keys.",
       .example = "accord charter sign charter.yaml -o charter.signed"},
      SignCharter);
  sign->add_option("FILE", signing->file, "the charter, signed by others or by nobody yet")->required();
  sign->add_option("-o,--out", signing->out, "file to write; without it FILE itself")->type_name("FILE");
  const auto [merge, merging] =
      AddCharterLeaf(tree, group,
                     {.name = "merge",
                      .description = "Take the signatures of other files of the same charter over.",
                      .example = "accord charter merge charter-dora.signed charter-va.signed -o charter.signed"},
                     MergeCharters);
  merge->add_option("FILE", merging->file, "the file that gets them")->required();
  merge->add_option("OTHER", merging->others, "the files that have them")->required();
  merge->add_option("-o,--out", merging->out, "file to write; without it FILE itself")->type_name("FILE");
}

void AddReadingCommands(CommandTree& tree, CLI::App& group) {
  const auto [show, showing] =
      AddCharterLeaf(tree, group,
                     {.name = "show",
                      .description = "Check the text of a charter and say in words what it lets "
                                     "and demands; all its faults at once.",
                      .example = "accord charter show charter.yaml"},
                     ShowCharter);
  show->add_option("FILE", showing->file, "the charter, signed or not")->required();
  const auto [diff, comparing] =
      AddCharterLeaf(tree, group,
                     {.name = "diff",
                      .description = "Say which rules an amendment makes weaker, and show every line that differs.",
                      .example = "accord charter diff charter-1.signed charter-2.yaml"},
                     DiffCharters);
  diff->add_option("BEFORE", comparing->file, "the version that holds")->required();
  diff->add_option("AFTER", comparing->other, "the version that is proposed")->required();
  const auto [status, examining] = AddCharterLeaf(
      tree, group,
      {.name = "status",
       .description = "Say who has signed a charter, whose signature is not good, and what is lacking until it is "
                      "active. Ends with 0 when it is active, else with 1.",
       .example = "accord charter status charter.signed --roster roster --former charter-1.signed"},
      CharterStatus);
  status->add_option("FILE", examining->file, "the charter")->required();
  status->add_option("--roster", examining->roster, "file of the signed roster")->required()->type_name("FILE");
  status
      ->add_option("--former", examining->former,
                   "of an amendment: the version before it; without it every site must "
                   "have signed")
      ->type_name("FILE");
}

}  // namespace

void AddCharterCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("charter", "Write, read and sign what the members of a federation agree to.");
  AddReadingCommands(tree, group);
  AddWritingCommands(tree, group);
  AddCharterFetchCommand(tree, group);
  AddCharterJoinCommand(tree, group);
}

}  // namespace accord
