#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "cli/run.h"
#include "client/daemon/enrol/enrolment.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

// A report of a job with many thousand rounds; beyond that a coordinator is not believed.
constexpr int kMaxMessageBytes = 256 << 20;

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectWithTls(const Profile& profile) {
  auto credentials = MakeClientCredentials(profile.tls);
  if (!credentials.ok()) return credentials.status();
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // One on this machine (a rehearsal's) is behind no proxy, whatever the environment says about the others.
  if (absl::StartsWith(profile.coordinator, "localhost:")) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(profile.coordinator, *credentials, arguments);
}

}  // namespace
}  // namespace accord

int main(int argc, char** argv) {
  accord::CliEnvironment environment{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .default_profile = accord::DefaultProfileFolder(),
      .connect = accord::ConnectWithTls,
      .enrol = [](const std::string& coordinator,
                  const accord::EnrolmentToken& token) { return accord::RequestIdentity(coordinator, "", token); },
      .sleep = absl::SleepFor,
  };
  return accord::RunCli(std::vector<std::string>(argv + 1, argv + argc), environment);
}
