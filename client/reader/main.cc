// accord-reader: asks a site's database for the rows of one data set and hands them to the trainer. The daemon starts
// it; it is of no use to people.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/child_process.h"
#include "base/file.h"
#include "base/status.h"
#include "client/reader/serve.h"

namespace accord {
namespace {

absl::Status Serve(int channel_fd) {
  signal(SIGPIPE, SIG_IGN);  // a trainer that ends is told by the write
  ACCORD_RETURN_IF_ERROR(DieWithParentAndHide());
  IpcChannel channel{UniqueFd(channel_fd)};
  return ServeRows(channel);
}

int Main(int argc, char** argv) {
  CLI::App app("The part of Accord that asks a site's database for rows. It is started by accord-client.");
  app.require_subcommand(1);
  int channel_fd = -1;
  CLI::App* serve = app.add_subcommand("serve", "Ask one query for the daemon (started by accord-client)");
  serve->add_option("--channel-fd", channel_fd, "Descriptor of the channel")->required();
  CLI11_PARSE(app, argc, argv);
  const absl::Status served = Serve(channel_fd);
  if (served.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(served.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace accord

int main(int argc, char** argv) { return accord::Main(argc, argv); }
