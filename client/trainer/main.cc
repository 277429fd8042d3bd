// accord-trainer: reads a site's rows and computes on them, without network. The daemon starts it; people use
// `demonstrate` only.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "client/trainer/confine/limits.h"
#include "client/trainer/process/warm_process.h"

namespace accord {
namespace {

struct ServeFlags {
  int channel_fd = -1;
  uint64_t memory_mib = 0;
};

// The daemon puts time, level and the trainer's name in front of each line.
void LogPlainLines() {
  auto logger = std::make_shared<spdlog::logger>("trainer", std::make_shared<spdlog::sinks::stderr_sink_st>());
  logger->set_pattern("%v");
  spdlog::set_default_logger(std::move(logger));
}

int Serve(const ServeFlags& flags) {
  LogPlainLines();
  absl::Status confined = DieWithParentAndHide();
  if (confined.ok()) confined = LimitResources(flags.memory_mib);
  if (!confined.ok()) {
    spdlog::error("{}", std::string(confined.message()));
    return 1;
  }
  return WarmProcess(IpcChannel(UniqueFd(flags.channel_fd))).Run();
}

int Main(int argc, char** argv) {
  CLI::App app("The part of Accord that reads a site's rows. It has no network and is started by accord-client.");
  app.require_subcommand(1);
  ServeFlags serve_flags;
  CLI::App* serve = app.add_subcommand("serve", "Serve the daemon over a socket pair (started by accord-client)");
  serve->add_option("--channel-fd", serve_flags.channel_fd, "Descriptor of the channel")->required();
  serve->add_option("--memory-mib", serve_flags.memory_mib, "Most memory of one process")->required();
  CLI11_PARSE(app, argc, argv);
  // Without the destructors of LibTorch's globals, which a process that was forked off does not own alone.
  if (serve->parsed()) {
    const int code = Serve(serve_flags);
    std::fflush(stderr);
    _exit(code);
  }
  return 1;
}

}  // namespace
}  // namespace accord

int main(int argc, char** argv) { return accord::Main(argc, argv); }
