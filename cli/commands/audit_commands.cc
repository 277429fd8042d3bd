#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/secure/evidence/verdict.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/status.h"
#include "cli/commands/commands.h"

namespace accord {
namespace {

using secure::EvidenceKindName;
using secure::EvidenceVerdict;
using secure::Finding;
using secure::Weight;

struct EvidenceOptions {
  std::string file;
  std::string roster_hash;
};

nlohmann::json ToJson(const EvidenceVerdict& verdict) {
  nlohmann::json findings = nlohmann::json::array();
  for (const Finding& finding : verdict.findings) {
    findings.push_back({{"kind", std::string(EvidenceKindName(finding.kind))},
                        {"weight", std::string(WeightName(finding.weight))},
                        {"sites", finding.sites},
                        {"proves", finding.proves},
                        {"does_not_prove", finding.does_not_prove}});
  }
  return {{"kind", std::string(EvidenceKindName(verdict.claimed))},
          {"claim_holds", verdict.claim_holds},
          {"witness", verdict.witness},
          {"claim", verdict.claim},
          {"federation", verdict.federation},
          {"roster_hash", HexDigest(verdict.roster_hash)},
          {"signed_messages", verdict.signed_messages},
          {"findings", findings},
          {"warnings", verdict.warnings}};
}

std::string Headline(const Finding& finding) {
  const std::string sites = absl::StrJoin(finding.sites, ", ");
  switch (finding.weight) {
    case Weight::kConvicts:
      return absl::StrCat("CONVICTS ", sites);
    case Weight::kOneOf:
      return absl::StrCat("ACCUSES ONE OF ", sites);
    case Weight::kTold:
      return absl::StrCat("THE COORDINATOR, OR ONE OF ", sites);
    case Weight::kNothing:
      return "PROVES NOTHING";
  }
  return "";
}

std::string ToText(const EvidenceVerdict& verdict) {
  std::string text = absl::StrCat("Evidence of ", EvidenceKindName(verdict.claimed), ", written by ", verdict.witness,
                                  "\n  in its own words, which prove nothing: ", Printable(verdict.claim), "\n");
  absl::StrAppend(&text, "Signatures checked against the roster of ", Printable(verdict.federation), ", ",
                  HexDigest(verdict.roster_hash),
                  "\n  (compare with the hash of the roster that your site signed)\n\n");
  absl::StrAppend(&text, "Messages:\n");
  for (const std::string& line : verdict.signed_messages) absl::StrAppend(&text, "  ", Printable(line), "\n");
  for (const Finding& finding : verdict.findings) {
    absl::StrAppend(&text, "\n", Headline(finding), " (", EvidenceKindName(finding.kind), ")\n");
    absl::StrAppend(&text, "  ", Printable(finding.proves), "\n");
    absl::StrAppend(&text, "  Does not prove: ", Printable(finding.does_not_prove), "\n");
  }
  for (const std::string& warning : verdict.warnings) absl::StrAppend(&text, "\nWARNING: ", Printable(warning), "\n");
  absl::StrAppend(&text, "\n",
                  verdict.claim_holds ? "The file shows what it says it shows.\n"
                                      : "The file does NOT show what it says it shows.\n");
  return text;
}

absl::StatusOr<ExitCode> CheckEvidenceFile(CommandTree& tree, const EvidenceOptions& options) {
  if (!options.roster_hash.empty() && !IsHexDigest(options.roster_hash)) {
    return absl::InvalidArgumentError("--roster-hash: 64 digits of 0-9 and a-f");
  }
  ACCORD_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.file, secure::kMaxEvidenceBytes));
  const auto verdict = secure::CheckEvidence(bytes);
  if (!verdict.ok()) return Annotate(verdict.status(), options.file);
  if (!options.roster_hash.empty() && options.roster_hash != HexDigest(verdict->roster_hash)) {
    return absl::FailedPreconditionError(absl::StrCat(options.file, ": its roster is ", HexDigest(verdict->roster_hash),
                                                      ", not the one that you trust (", options.roster_hash,
                                                      "): its signatures say nothing about your federation"));
  }
  CliEnvironment& environment = tree.environment();
  if (tree.json()) {
    environment.out << ToJson(*verdict).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    environment.out << ToText(*verdict);
  }
  return verdict->claim_holds ? kExitOk : kExitFailed;
}

}  // namespace

void AddAuditCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("audit", "Check what others say happened, without believing them.");
  const auto options = std::make_shared<EvidenceOptions>();
  CLI::App& leaf = tree.AddLeaf(
      group,
      {.name = "evidence",
       .description = "Check a file of evidence offline: what it proves, against whom, and what it does not prove. "
                      "Ends with 0 when it shows what it says it shows, else with 1.",
       .example = "accord audit evidence attempt-12.evidence\n"
                  "accord audit evidence attempt-12.evidence --roster-hash 9f86d081...0f00a08 --json"},
      [&tree, options] { return CheckEvidenceFile(tree, *options); });
  leaf.add_option("FILE", options->file, "the file, as a site or the coordinator wrote it")->required();
  leaf.add_option("--roster-hash", options->roster_hash, "refuse evidence under any other roster")->type_name("HEX");
  AddVerifyCommand(tree, group);
  AddEntryCommand(tree, group);
  AddCompareCommand(tree, group);
  AddFederationTreeCommand(tree, group);
  AddRefusalCommand(tree, group);
  AddPostureCommand(tree, group);
  AddForkCommand(tree, group);
  AddAccessCommands(tree, group);
}

}  // namespace accord
