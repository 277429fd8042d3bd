// `accord release write` and `show`: what the owner of a site's rows signs, and what it is worth to somebody else.
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
#include "cli/governance/release_writing.h"
#include "trust/charter/release_check.h"
#include "trust/charter/statement_lines.h"
#include "trust/charter/utc_time.h"

namespace accord {
namespace {

constexpr int kDefaultReleaseDays = 180;

struct ReleaseWriteOptions {
  std::string charter;
  std::string roster;
  ReleaseRequest request{.site = "", .data_set = "", .version = "", .purposes = {}, .days = kDefaultReleaseDays};
  bool withdraw = false;
  std::string out;
};

struct ReleaseShowOptions {
  std::string file;
  std::string charter;
  std::string roster;
  std::string order;
  std::string refusal;
};

nlohmann::json ReleaseAsJson(const Release& release, const SignedStatement& statement) {
  return {{"release", HexDigest(ReleaseHash(statement.bytes))},
          {"charter", HexDigest(release.charter)},
          {"site", release.site},
          {"organisation", release.organisation},
          {"data_set", release.data_set},
          {"version", release.version.has_value() ? HexDigest(*release.version) : "any"},
          {"purposes", release.purposes},
          {"steward", release.steward},
          {"time", FormatUtc(release.time)},
          {"expires", FormatUtc(release.expires)}};
}

absl::StatusOr<ExitCode> WriteReleaseFile(CommandTree& tree, const ReleaseWriteOptions& options) {
  CliEnvironment& environment = tree.environment();
  if (options.withdraw == !options.request.purposes.empty()) {
    return absl::InvalidArgumentError("say for what it is released (--purpose NAME, repeatable), or --withdraw");
  }
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.charter));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadRoster(options.roster));
  ACCORD_ASSIGN_OR_RETURN(const PersonWithKey person, ReadPerson(environment, tree.profile()));
  ACCORD_ASSIGN_OR_RETURN(const SignedStatement statement,
                          SignRelease(options.request, *charter.charter(), *roster, person, environment.clock.Now()));
  ACCORD_RETURN_IF_ERROR(WriteNewFile(options.out, statement.Text()));
  ACCORD_ASSIGN_OR_RETURN(const Release release, ParseRelease(statement.bytes));
  nlohmann::json json = ReleaseAsJson(release, statement);
  json["file"] = options.out;
  PrintFound(tree, json,
             absl::StrCat(ReleaseInWords(release), "\nThe release is in ", options.out,
                          ". At the site: accord-client release take ", options.out, "\n"));
  return kExitOk;
}

absl::StatusOr<ExitCode> ShowReleaseFile(CommandTree& tree, const ReleaseShowOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.charter));
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const Roster> roster, ReadRoster(options.roster));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.file, kMaxStatementBytes + 256));
  const auto statement = SignedStatement::Parse(text);
  if (!statement.ok()) return Annotate(statement.status(), options.file);
  const auto release = CheckRelease(*charter.charter(), *roster, *statement);
  if (!release.ok()) return Annotate(release.status(), options.file);
  std::string words =
      absl::StrCat(ReleaseInWords(*release), "\n  signed with the key that the charter, ", HexDigest(release->charter),
                   ",\n  lists for ", release->steward, ", steward of ", release->organisation, "\n");
  nlohmann::json json = ReleaseAsJson(*release, *statement);
  ExitCode code = kExitOk;
  if (!options.order.empty()) {
    ACCORD_ASSIGN_OR_RETURN(const ReadOrder order, ReadOrderFile(options.order));
    std::optional<RefusalStatement> refusal;
    if (!options.refusal.empty()) {
      ACCORD_ASSIGN_OR_RETURN(refusal, ReadRefusalOf(options.refusal, *roster));
    }
    ACCORD_ASSIGN_OR_RETURN(const ReleaseConclusion conclusion,
                            HoldOrderAgainstRelease(*charter.charter(), *roster, *statement, order, refusal));
    absl::StrAppend(&words, absl::StrJoin(conclusion.lines, "\n"), "\n");
    json["order"] = HexDigest(order.hash);
    json["order_is_released"] = conclusion.is_released;
    json["lines"] = conclusion.lines;
    // A refusal that the release demands is in order; an order without one that is not released is not.
    if (!conclusion.is_in_order) code = kExitFailed;
  }
  PrintFound(tree, json, words);
  return code;
}

void AddWriteRelease(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<ReleaseWriteOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "write",
       .description = "Sign what a data set of your organisation's site may be read for, and in which version; a later "
                      "one replaces it. The version is what `accord-client release version` says at the site.",
       .example = "accord release write --charter charter.signed --roster roster.txt --site va --data-set heart "
                  "--data-version any --purpose risk-of-disease -o heart.release"},
      [&tree, options] { return WriteReleaseFile(tree, *options); });
  leaf.add_option("--charter", options->charter, "the charter that it is under")->required()->type_name("FILE");
  leaf.add_option("--roster", options->roster, "the signed roster")->required()->type_name("FILE");
  leaf.add_option("--site", options->request.site, "a site of your organisation")->required()->type_name("ID");
  leaf.add_option("--data-set", options->request.data_set, "as in the charter")->required()->type_name("NAME");
  leaf.add_option("--data-version", options->request.version, "the one version that may be read, or any")
      ->required()
      ->type_name("HEX|any");
  leaf.add_option("--purpose", options->request.purposes, "one of the charter's purposes (repeatable)")
      ->allow_extra_args(false)
      ->type_name("NAME");
  leaf.add_flag("--withdraw", options->withdraw, "for nothing: from then on no job reads it");
  leaf.add_option("--days", options->request.days,
                  absl::StrCat("days for which it holds; without it ", kDefaultReleaseDays))
      ->check(CLI::Range(1, kLongestReleaseDays));
  leaf.add_option("-o,--out", options->out, "file to write; one that is there is not written over")
      ->required()
      ->type_name("FILE");
}

void AddShowRelease(CommandTree& tree, CLI::App& group) {
  const auto options = std::make_shared<ReleaseShowOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "show",
       .description = "Check a release offline; with an order, whether it is for a purpose that is released; with the "
                      "site's refusal too, whether that is what the release demands, by its purposes, its end or its "
                      "version. Ends with 1 where it is not.",
       .example = "accord release show heart.release --charter charter.signed --roster roster.txt --order risk.order "
                  "--refusal 3b1f00c2a97d4e56.refusal"},
      [&tree, options] { return ShowReleaseFile(tree, *options); });
  leaf.add_option("FILE", options->file, "the release")->required();
  leaf.add_option("--charter", options->charter, "the charter that it is under")->required()->type_name("FILE");
  leaf.add_option("--roster", options->roster,
                  "the signed roster; compare its hash with the one that your site goes by")
      ->required()
      ->type_name("FILE");
  CLI::Option* order =
      leaf.add_option("--order", options->order, "an order that asks for the data set")->type_name("FILE");
  leaf.add_option("--refusal", options->refusal, "the file in which the site says that it refused the order")
      ->type_name("FILE")
      ->needs(order);
}

}  // namespace

void AddReleaseCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("release", "What the owner of a site's rows released, in signed files.");
  AddWriteRelease(tree, group);
  AddShowRelease(tree, group);
}

}  // namespace accord
