// `accord policy check`.
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/commands/commands.h"
#include "cli/commands/printing.h"
#include "cli/governance/governed_files.h"

namespace accord {
namespace {

struct PolicyOptions {
  std::string file;
  std::string charter;
  std::string site;
};

// What a policy says, a line each.
std::vector<std::string> PolicyLines(const v1::SitePolicy& rules) {
  std::vector<std::string> lines;
  for (const v1::ReleasedDataSet& released : rules.data_sets()) {
    lines.push_back(absl::StrCat("releases ", released.name(), " for ", absl::StrJoin(released.purposes(), ", ")));
  }
  if (!rules.people().empty()) lines.push_back(absl::StrCat("takes jobs of ", absl::StrJoin(rules.people(), ", ")));
  if (!rules.organisations().empty()) {
    lines.push_back(absl::StrCat("takes jobs of people of ", absl::StrJoin(rules.organisations(), ", ")));
  }
  for (const int tag : rules.refused_tags()) {
    lines.push_back(absl::StrCat("takes no job for ", TagName(static_cast<v1::Tag>(tag))));
  }
  const v1::PolicyFloors& floors = rules.floors();
  const auto floor = [&lines](bool written, absl::string_view name, uint32_t value) {
    if (written) lines.push_back(absl::StrCat("floors.", name, ": ", value));
  };
  floor(floors.has_min_sites(), "min_sites", floors.min_sites());
  floor(floors.has_min_organisations(), "min_organisations", floors.min_organisations());
  floor(floors.has_min_colluding_organisations(), "min_colluding_organisations", floors.min_colluding_organisations());
  floor(floors.has_minimum_cell(), "minimum_cell", floors.minimum_cell());
  floor(floors.has_min_rows(), "min_rows", floors.min_rows());
  if (floors.secure_sum()) lines.emplace_back("floors.secure_sum: true");
  if (floors.has_privacy()) {
    lines.push_back(
        absl::StrCat("floors.privacy: epsilon ", floors.privacy().epsilon(), ", delta ", floors.privacy().delta()));
  }
  if (!rules.hours().empty()) {
    lines.push_back(absl::StrCat("computes at ", rules.hours_size(), " spans of the week alone, time zone ",
                                 rules.time_zone().empty() ? "UTC" : rules.time_zone()));
  }
  return lines;
}

absl::StatusOr<ExitCode> CheckPolicy(CommandTree& tree, const PolicyOptions& options) {
  ACCORD_ASSIGN_OR_RETURN(const SignedCharter charter, ReadCharter(options.charter));
  ACCORD_ASSIGN_OR_RETURN(const SitePolicy policy, ReadPolicy(options.file, *charter.charter(), options.site));
  const std::vector<std::string> lines = PolicyLines(policy.rules());
  const std::string hash = HexDigest(charter.charter()->hash());
  std::string text =
      absl::StrCat(options.file, " loosens nothing of the charter ", hash, "\nSite ", options.site, ":\n");
  for (const std::string& line : lines) absl::StrAppend(&text, "  ", line, "\n");
  absl::StrAppend(&text, "In all else the charter counts.\n");
  PrintFound(tree, {{"site", options.site}, {"charter", hash}, {"holds", true}, {"rules", lines}}, text);
  return kExitOk;
}

}  // namespace

void AddPolicyCommands(CommandTree& tree) {
  CLI::App& group = tree.AddGroup("policy", "Check what a site adds to the charter.");
  const auto options = std::make_shared<PolicyOptions>();
  CLI::App& leaf =
      tree.AddLeaf(group,
                   {.name = "check",
                    .description = "Hold a site's policy against the charter: it may tighten it. Each line that would "
                                   "loosen is told with the clause that it contradicts.",
                    .example = "accord policy check policy.yaml --charter charter.signed --site va"},
                   [&tree, options] { return CheckPolicy(tree, *options); });
  leaf.add_option("FILE", options->file, "the policy")->required();
  leaf.add_option("--charter", options->charter, "the charter")->required()->type_name("FILE");
  leaf.add_option("--site", options->site, "whose policy it is")->required()->type_name("ID");
}

}  // namespace accord
