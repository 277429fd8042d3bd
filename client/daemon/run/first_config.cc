#include "client/daemon/run/first_config.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/config/yaml_reader.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/validation/config_validation.h"

namespace accord {
namespace {

constexpr char kAnySite[] = "site";

std::pair<std::string, std::string> NameAndMapping(const std::string& data) {
  return absl::StrSplit(data, absl::MaxSplits('=', 1));
}

// As a text of YAML, whatever is in it.
std::string Quoted(absl::string_view value) {
  return absl::StrCat("'", absl::StrReplaceAll(value, {{"'", "''"}}), "'");
}

std::string BesideConfig(const FirstConfig& config, const std::string& mapping) {
  if (std::filesystem::path(mapping).is_absolute()) return mapping;
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::absolute(config.path, error).parent_path();
  return std::filesystem::proximate(mapping, folder, error).string();
}

std::string DataSets(const FirstConfig& config) {
  if (config.data.empty()) return "# datasets:\n#   - {name: heart, mapping: heart.yaml}\n";
  std::string text = "datasets:\n";
  for (const std::string& data : config.data) {
    const auto [name, mapping] = NameAndMapping(data);
    absl::StrAppend(&text, "  - {name: ", Quoted(name), ", mapping: ", Quoted(BesideConfig(config, mapping)), "}\n");
  }
  return text;
}

}  // namespace

absl::Status CheckFirstConfig(const FirstConfig& config) {
  std::vector<std::string> faults;
  for (const std::string& data : config.data) {
    const auto [name, mapping] = NameAndMapping(data);
    if (name.empty() || mapping.empty()) {
      faults.push_back(absl::StrCat("--data ", data, ": expected NAME=MAPPING, for example heart=heart.yaml"));
      continue;
    }
    if (const auto read = LoadDatasetMapping(mapping); !read.ok()) faults.emplace_back(read.status().message());
  }
  v1::SiteConfig written;
  if (const absl::Status read = ReadYamlText(FirstConfigText(config, kAnySite), config.path, written);
      faults.empty() && !read.ok()) {
    faults.emplace_back(read.message());
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(absl::StrJoin(faults, "\n"), "\nthe token was not used: mend this and enrol with it"));
}

std::string FirstConfigText(const FirstConfig& config, absl::string_view site) {
  return absl::StrCat(
      "# This site's part in the federation. All fields: docs/configuration.md. Try it: accord-client check --config ",
      config.path, "\ncoordinator: ", config.coordinator, "\nsite: ", site,
      "\nstate_dir: state\n"
      "# The data sets that this site releases to jobs; nothing else is ever read. Each has a mapping file that says "
      "where\n"
      "# the rows are and how their columns and codes become the job's.\n",
      DataSets(config),
      config.allow_two_sites
          ? absl::StrCat(
                "# For jobs that say two_sites: the other site can then compute this site's numbers from each sum.\n",
                kTwoSitesLine, "\n")
          : "# The fewest sites and organisations that a sum may span. allow_two_sites lets jobs of two sites run, "
            "where "
            "the\n"
            "# other site can compute this site's numbers from each sum.\n"
            "# floors: {min_sites: 3, min_organisations: 3, allow_two_sites: true}\n",
      "# proxy: http://proxy.example.org:3128\n"
      "# sandbox: {memory_mib: 4096, threads: 2}\n"
      "# log: {level: info, file: accord-client.log}\n");
}

}  // namespace accord
