// accord-bench: how fast Accord is, beside how fast it could be on this machine.
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <regex>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_format.h"
#include "base/logging.h"
#include "bench/figure.h"

namespace accord::bench {
namespace {

std::vector<Subject> AllSubjects() {
  std::vector<Subject> all;
  for (auto* subjects :
       {&RingSubjects, &SecureSubjects, &SecureRoundSubjects, &ModelSubjects, &TrainerSubjects, &TrainingSubjects,
        &RoundSubjects, &CombinerSubjects, &BigModelSubjects, &LogSubjects, &TrustSubjects}) {
    for (Subject& subject : (*subjects)()) all.push_back(std::move(subject));
  }
  return all;
}

// Names and units are the project's own and need no escaping.
void PrintJson(const Figure& figure) {
  absl::PrintF(R"({"name": "%s", "value": %.6g, "unit": "%s", "limit": %.6g, "ratio": %.4g})", figure.name,
               figure.value, figure.unit, figure.limit, figure.ratio());
  absl::PrintF("\n");
  std::fflush(stdout);
}

void PrintRow(const Figure& figure) {
  absl::PrintF("%-36s %12.4g %12.4g  %-10s %8.2f\n", figure.name, figure.value, figure.limit, figure.unit,
               figure.ratio());
  std::fflush(stdout);
}

bool AnyMatches(const Subject& subject, const std::regex& filter) {
  for (const std::string& name : subject.figures) {
    if (std::regex_search(name, filter)) return true;
  }
  return false;
}

int Run(const std::regex& filter, const Settings& settings, const std::function<void(const Figure&)>& print) {
  bool any = false;
  bool failed = false;
  for (const Subject& subject : AllSubjects()) {
    if (!AnyMatches(subject, filter)) continue;
    any = true;
    const absl::Status status = subject.measure(settings, [&](const Figure& figure) {
      if (std::regex_search(figure.name, filter)) print(figure);
    });
    if (status.ok()) continue;
    failed = true;
    std::cerr << subject.figures.front() << ": " << status.message() << "\n";
  }
  if (!any) std::cerr << "no figure's name matches the filter; 'accord-bench --list' prints them all\n";
  return any && !failed ? 0 : 1;
}

int Main(int argc, char** argv) {
  CLI::App app("Measures Accord beside the limits of this machine.\nExample: accord-bench --filter 'round/trivial'");
  std::string filter_text;
  bool json = false;
  bool list = false;
  Settings settings;
  settings.binary_folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  app.add_option("--filter", filter_text, "only figures whose name matches this regular expression");
  app.add_flag("--json", json, "one JSON object a line: name, value, unit, limit, ratio");
  app.add_flag("--list", list, "print the figures' names and stop");
  app.add_flag("--long", settings.long_run, "50 rounds instead of 5 where growth of memory is looked for");
  CLI11_PARSE(app, argc, argv);

  // Only what went wrong: the daemon's code, run inside a bench, tells its operator more.
  if (const absl::Status logging = StartLogging({"accord-bench", "error", ""}); !logging.ok()) return 1;
  std::regex filter;
  try {
    filter = std::regex(filter_text);
  } catch (const std::regex_error& error) {
    std::cerr << "--filter: not a regular expression: " << error.what() << "\n";
    return 2;
  }
  if (list) {
    for (const Subject& subject : AllSubjects()) {
      for (const std::string& name : subject.figures) std::cout << name << "\n";
    }
    return 0;
  }
  if (!json) absl::PrintF("%-36s %12s %12s  %-10s %8s\n", "figure", "value", "limit", "unit", "ratio");
  return Run(filter, settings, json ? PrintJson : PrintRow);
}

}  // namespace
}  // namespace accord::bench

int main(int argc, char** argv) { return accord::bench::Main(argc, argv); }
