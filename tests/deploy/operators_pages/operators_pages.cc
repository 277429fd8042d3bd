#include "tests/deploy/operators_pages/operators_pages.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "re2/re2.h"

namespace accord::operators_pages {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::vector<std::string>& NotRunHere() {
  static const std::vector<std::string> commands = {
      // Starts a service of the machine on which it is typed. tests/deploy/systemd_test.cc runs what the units run.
      "operations, Running as a service: sudo systemctl enable --now accord-coordinator",
      "operations, Running as a service: sudo systemctl enable --now accord-client",
      "operations, Running as a service: sudo systemctl enable --now accord-tree",
      // Builds Accord anew, over another LibTorch that is not there.
      "operations, A LibTorch with CUDA: cmake --preset release -DCMAKE_PREFIX_PATH=/opt/libtorch",
      "operations, A LibTorch with CUDA: cmake --preset release -DCMAKE_PREFIX_PATH=\"$(python3 -c 'import torch; "
      "print(torch.utils.cmake_prefix_path)')\"",
      "operations, A LibTorch with CUDA: cmake --build build/release",
  };
  return commands;
}

std::string Rows(uint64_t seed, int count) {
  RandomStream draw({seed, "", 0, "patients"});
  std::string csv = "patient,age,gender,pressure,disease\n";
  for (int i = 0; i < count; ++i) {
    const double age = 20 + 70 * draw.NextDouble();
    const double pressure = 90 + 90 * draw.NextDouble();
    const bool ill = (age - 55) / 20 + (pressure - 135) / 30 + 2 * draw.NextDouble() - 1 > 0;
    absl::StrAppendFormat(&csv, "p%d,%.0f,%s,%.0f,%d\n", i, age, draw.NextBelow(2) == 0 ? "F" : "M", pressure,
                          ill ? 1 : 0);
  }
  return csv;
}

std::string Job(const std::string& name, int rounds) {
  return absl::StrCat("name: ", name, R"(
purpose: Estimate the risk of heart disease from routine measurements.
data:
  name: heart
  features:
    - {name: age, numeric: {unit: years, min: 18, max: 110}}
    - {name: sex, category: {levels: [female, male]}}
    - {name: pressure, numeric: {unit: mm Hg, min: 0, max: 300}}
  target: {name: disease, category: {levels: [absent, present]}}
preprocessing: {standardise: federated}
model: {logistic_regression: {}, initial_weights: zeros}
training: {sgd: {learning_rate: 0.5}, local_epochs: 1}
aggregation: {fedavg: {}, update_bound: 2, max_rows_per_site: 2000, secure_sum: {colluding_organisations: 1}}
rounds: {count: )",
                      rounds, ", min_sites: 4, gather_s: 1}\n");
}

std::string HashIn(const std::string& said) {
  static const RE2 hash("\\b([0-9a-f]{64})\\b");
  std::string found;
  EXPECT_TRUE(RE2::PartialMatch(said, hash, &found)) << said;
  return found;
}

std::string Field(const std::string& json, const std::string& name) {
  const auto object = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(object.is_object() && object.contains(name) && object[name].is_string()) << name << " of " << json;
  return object.is_object() ? object.value(name, "") : "";
}

std::string YamlBehind(const std::string& words) {
  const std::string page = ReadFile(ACCORD_SOURCE_DIR "/docs/operations.md").value_or("");
  const size_t block = page.find("```yaml\n", page.find(words));
  const size_t begin = page.find('\n', block) + 1;
  const size_t indent = block - page.rfind('\n', block) - 1;
  std::string yaml;
  for (const absl::string_view line :
       absl::StrSplit(page.substr(begin, page.find("```", begin) - begin - indent), '\n')) {
    absl::StrAppend(&yaml, line.substr(std::min(indent, line.size())), "\n");
  }
  return yaml;
}

std::string OperatorsPages::Do(const std::string& who, PageCommands& page, const std::string& heading,
                               const std::string& begin, const Changes& changes) {
  const std::string command = page.Take(heading, begin);
  return command.empty() ? "" : Enter(who, command, changes);
}

std::string OperatorsPages::EachDoes(const std::vector<std::string>& all, PageCommands& page,
                                     const std::string& heading, const std::string& begin,
                                     const std::function<void(const std::string&)>& before) {
  const std::string command = page.Take(heading, begin);
  std::string said;
  for (const std::string& who : all) {
    if (before != nullptr) before(who);
    if (!command.empty()) said = Enter(who, command);
  }
  return said;
}

std::string OperatorsPages::Enter(const std::string& who, const std::string& command, const Changes& changes) {
  typed_.push_back(command);
  return Type(who, Here(command, changes));
}

std::string OperatorsPages::EnterAnyway(const std::string& who, const std::string& command, const Changes& changes) {
  typed_.push_back(command);
  return Type(who, "{ " + Here(command, changes) + "; } 2>&1 || true");
}

std::string OperatorsPages::Here(std::string command, const Changes& changes) {
  static const RE2 sudo("sudo (-u [a-z-]+ )?");
  command = absl::StrReplaceAll(command, changes);
  RE2::GlobalReplace(&command, sudo, "");
  Changes here = {{"0.0.0.0:7443", absl::StrCat("127.0.0.1:", port_)},
                  {"accord.example.org", "localhost"},
                  {"/srv/accord", At("lead", ".")},
                  {"/var/lib/accord/", At("lead", "")}};
  if (!job_.empty()) here.insert(here.end(), {{"7f3a5d90c1e2b486", job_}, {"7f3a", job_}});
  return absl::StrReplaceAll(command, here);
}

void OperatorsPages::SkipHere(PageCommands& page, const std::string& heading) {
  const std::string command = page.Take(heading, "");
  EXPECT_THAT(NotRunHere(), Contains(HasSubstr(command)));
}

void OperatorsPages::MailToAll(const std::string& from, const std::string& file, const std::vector<std::string>& to) {
  for (const std::string& who : to) {
    if (who != from) Mail(from, file, who);
  }
}

std::string OperatorsPages::Await(const std::string& who, const std::string& command, const std::string& words) {
  const absl::Time deadline = absl::Now() + kLongestStep;
  std::string said;
  while (absl::Now() < deadline) {
    said = EnterAnyway(who, command);
    if (absl::StrContains(said, words)) return said;
  }
  ADD_FAILURE() << who << ": " << command << " never said \"" << words << "\", but:\n" << said;
  return said;
}

void OperatorsPages::Play() {
  using Part = void (OperatorsPages::*)();
  for (const Part part : {&OperatorsPages::TheCoordinatorBegins,
                          &OperatorsPages::TheTreeBegins,
                          &OperatorsPages::SitesEnrol,
                          &OperatorsPages::TheRosterIsSigned,
                          &OperatorsPages::TheRosterIsFollowed,
                          &OperatorsPages::TheCharterIsSigned,
                          &OperatorsPages::TheOrderIsApproved,
                          &OperatorsPages::SitesPinTheCharter,
                          &OperatorsPages::TwoPeopleSignAPolicy,
                          &OperatorsPages::TheOwnerReleasesRows,
                          &OperatorsPages::TheJobIsSubmitted,
                          &OperatorsPages::TheJobWaitsForItsRows,
                          &OperatorsPages::TheOrderIsJudged,
                          &OperatorsPages::TheNextOrderAndCharter,
                          &OperatorsPages::TheLogIsChecked,
                          &OperatorsPages::TheModelIsChecked,
                          &OperatorsPages::WhatLeftIsLookedAt,
                          &OperatorsPages::AnOlderCopyIsPutBack,
                          &OperatorsPages::TheOmbudsmanStopsAJob,
                          &OperatorsPages::TwoFederationsWorkTogether}) {
    (this->*part)();
    if (HasFailure()) break;
  }
}

}  // namespace accord::operators_pages
