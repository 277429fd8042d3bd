// accord-signer: signs for a site's daemon with the key in the site's token. The daemon starts it; it is of no use to
// people.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "base/child_process.h"
#include "base/file.h"
#include "base/status.h"
#include "client/signer/serve.h"

namespace accord {
namespace {

absl::Status Serve(int channel_fd) {
  ACCORD_RETURN_IF_ERROR(DieWithParentAndHide());
  IpcChannel channel{UniqueFd(channel_fd)};
  return ServeSignatures(channel);
}

int Main(int argc, char** argv) {
  CLI::App app("The part of Accord that speaks to a site's token (PKCS#11). It is started by accord-client.");
  app.require_subcommand(1);
  int channel_fd = -1;
  CLI::App* serve = app.add_subcommand("serve", "Sign for the daemon over a socket pair (started by accord-client)");
  serve->add_option("--channel-fd", channel_fd, "Descriptor of the channel")->required();
  CLI11_PARSE(app, argc, argv);
  const absl::Status served = Serve(channel_fd);
  if (served.ok()) return 0;
  std::fprintf(stderr, "accord-signer: %s\n", std::string(served.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace accord

int main(int argc, char** argv) { return accord::Main(argc, argv); }
