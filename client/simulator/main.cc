// accord-simulator: the sites of a simulation, hundreds in one process. `accord simulate` starts it; no hospital does.
#include <malloc.h>
#include <signal.h>
#include <time.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/logging.h"
#include "base/process_tuning.h"
#include "base/status.h"
#include "client/daemon/run/machine.h"
#include "client/simulator/simulated_sites.h"
#include "grpc/support/log.h"
#include "spdlog/spdlog.h"

namespace accord {
namespace {

struct Flags {
  std::string sites;
  SimulatedSites::Options options;
};

// gRPC writes to standard error by itself; what matters of it comes as a status as well.
void LeaveOut(gpr_log_func_args*) {}

absl::Status Run(Flags flags) {
  // Before there are threads: they are blocked for all.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  ACCORD_ASSIGN_OR_RETURN(const std::vector<v1::SiteConfig> configs, LoadSimulatedSites(flags.sites));
  ACCORD_RETURN_IF_ERROR(StartLogging({"accord-simulator", configs.front().log().level(), ""}));
  if (IsReferenceBlas(BlasLibrary())) spdlog::warn("{}", kReferenceBlasAdvice);
  flags.options.tell = [](const std::string& line) { spdlog::info("{}", line); };
  ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<SimulatedSites> sites,
                          SimulatedSites::Open(configs, std::move(flags.options)));
  // Whoever started this waits for these lines.
  sites->Start([count = sites->size()] { spdlog::info("all {} sites are connected", count); });
  if (const absl::Status warm = sites->Warm(); warm.ok()) {
    spdlog::info("the trainers are ready");
  } else {
    spdlog::warn("a trainer does not start: {}", std::string(warm.message()));
  }
  // Each round's exchange of keys and shares, of all sites at once, leaves free memory behind that the next one takes
  // again; on a laptop others want it meanwhile.
  const timespec now_and_then = {.tv_sec = 2, .tv_nsec = 0};
  while (sigtimedwait(&stop_signals, nullptr, &now_and_then) < 0) malloc_trim(0);
  spdlog::info("stopping");
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  TuneProcess();
  RaiseOpenFileLimit();
  CLI::App app(
      "accord-simulator: many sites of a simulation in one process, which sees the keys and rows of them all.\n"
      "`accord simulate` starts it. A real site runs accord-client.");
  app.set_version_flag("--version", kSoftwareVersion);
  app.require_subcommand(1);
  Flags flags;
  CLI::App* run = app.add_subcommand("run", "Run all sites until stopped (SIGTERM).");
  run->add_option("--sites", flags.sites, "folder of the enrolled sites' folders, each with its client.yaml")
      ->required()
      ->type_name("DIR");
  run->add_option("--rows", flags.options.rows, "absolute path of the folder below which all sites' data files lie")
      ->type_name("DIR");
  run->add_option("--trainers", flags.options.trainers, "processes that compute at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  run->add_option("--at-once", flags.options.at_once, "sites that hold a step's model and vectors at a time")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  run->footer(
      "Example:\n  accord-simulator run --sites /tmp/simulation/sites --rows /tmp/simulation/rows --trainers 2");
  CLI11_PARSE(app, argc, argv);
  gpr_set_log_function(LeaveOut);
  const absl::Status status = Run(std::move(flags));
  if (status.ok()) return 0;
  std::cerr << "accord-simulator: " << status.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace accord

int main(int argc, char** argv) { return accord::Main(argc, argv); }
