// accord-trainer: reads a site's rows and computes on them, without network. The daemon starts it; people use
// `demonstrate` only.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/child_process.h"
#include "base/file.h"
#include "client/trainer/confine/limits.h"
#include "client/trainer/confine/self_test.h"
#include "client/trainer/demonstrate/demonstrate.h"
#include "client/trainer/process/warm_process.h"

namespace accord {
namespace {

struct ServeFlags {
  int channel_fd = -1;
  uint64_t memory_mib = 0;
  bool gpu = false;
};

// The daemon puts time, level and the trainer's name in front of each line.
void LogPlainLines() {
  auto logger = std::make_shared<spdlog::logger>("trainer", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%v");
  spdlog::set_default_logger(std::move(logger));
}

absl::Status Confine(const ServeFlags& flags) {
  LogPlainLines();
  absl::Status confined = DieWithParentAndHide();
  if (confined.ok()) confined = LimitResources(flags.memory_mib, flags.gpu);
  if (!confined.ok()) spdlog::error("{}", std::string(confined.message()));
  return confined;
}

int Serve(const ServeFlags& flags) {
  if (!Confine(flags).ok()) return 1;
  return WarmProcess(IpcChannel(UniqueFd(flags.channel_fd))).Run();
}

struct DemonstrateFlags {
  DemonstrationRequest request;
  std::vector<std::string> sites;  // NAME=MAPPING.yaml
  std::string out;
};

absl::StatusOr<std::string> Demonstrate(DemonstrateFlags flags) {
  for (const std::string& site : flags.sites) {
    const size_t equals = site.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("--site ", site, ": expected NAME=MAPPING.yaml"));
    }
    flags.request.sites.push_back({site.substr(0, equals), site.substr(equals + 1)});
  }
  absl::StatusOr<std::string> result = accord::Demonstrate(flags.request);
  if (!result.ok() || flags.out.empty()) return result;
  if (const absl::Status written = WriteFileAtomically(flags.out, *result); !written.ok()) return written;
  return "";
}

int RunDemonstrate(const DemonstrateFlags& flags) {
  const absl::StatusOr<std::string> result = Demonstrate(flags);
  if (!result.ok()) {
    std::fprintf(stderr, "accord-trainer: %s\n", std::string(result.status().message()).c_str());
    return 1;
  }
  std::fputs(result->c_str(), stdout);
  return 0;
}

void AddDemonstrate(CLI::App& app, DemonstrateFlags& flags) {
  CLI::App* demonstrate = app.add_subcommand(
      "demonstrate",
      "For demonstration only, where one machine owns every hospital's file: train each hospital alone and\n"
      "all rows pooled, and score both and a federated model on each hospital's held-out rows.\n"
      "Example: accord-trainer demonstrate --job heart-risk.yaml --site va=va/heart.yaml --model m.parameters");
  demonstrate->add_option("--job", flags.request.job_path, "Job file")->required();
  demonstrate->add_option("--site", flags.sites, "NAME=MAPPING.yaml, once for each hospital")->required();
  demonstrate->add_option("--model", flags.request.model_path,
                          "Federated model, as `accord model export ID --format parameters` writes it");
  demonstrate->add_option("--opt-out-list", flags.request.opt_out_list,
                          "Persons whose rows are left out, one identifier a line, as opt_out_list in client.yaml");
  demonstrate->add_flag("--synthetic", flags.request.synthetic, "Say in the result that the rows are made up");
  demonstrate->add_option("--out", flags.out, "File for the result (JSON); else standard output");
}

int Main(int argc, char** argv) {
  CLI::App app("The part of Accord that reads a site's rows. It has no network and is started by accord-client.");
  app.require_subcommand(1);
  ServeFlags serve_flags;
  CLI::App* serve = app.add_subcommand("serve", "Serve the daemon over a socket pair (started by accord-client)");
  serve->add_option("--channel-fd", serve_flags.channel_fd, "Descriptor of the channel")->required();
  serve->add_option("--memory-mib", serve_flags.memory_mib, "Most memory of one process")->required();
  serve->add_flag("--gpu", serve_flags.gpu, "The site offers its GPU: its driver needs more address space");
  ServeFlags self_test_flags;
  std::vector<std::string> forbidden_paths;
  CLI::App* self_test =
      app.add_subcommand("self-test", "Try what the sandbox must refuse (started by the tests)")->group("");
  self_test->add_option("--channel-fd", self_test_flags.channel_fd)->required();
  self_test->add_option("--memory-mib", self_test_flags.memory_mib)->required();
  self_test->add_option("--forbidden", forbidden_paths);
  self_test->add_flag("--gpu", self_test_flags.gpu);
  DemonstrateFlags demonstrate_flags;
  AddDemonstrate(app, demonstrate_flags);
  CLI11_PARSE(app, argc, argv);
  if (app.got_subcommand("demonstrate")) return RunDemonstrate(demonstrate_flags);
  // Without the destructors of LibTorch's globals, which a process that was forked off does not own alone.
  if (serve->parsed()) {
    const int code = Serve(serve_flags);
    std::fflush(stderr);
    _exit(code);
  }
  const absl::Status confined = Confine(self_test_flags);
  return confined.ok() && RunSelfTest(forbidden_paths, self_test_flags.gpu) ? 0 : 1;
}

}  // namespace
}  // namespace accord

int main(int argc, char** argv) { return accord::Main(argc, argv); }
