#include <unistd.h>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "cli/run.h"
#include "client/daemon/enrol/enrolment.h"
#include "client/daemon/enrol/renewal.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"
#include "trust/identity/granted_identity.h"
#include "trust/tls/credentials.h"

namespace accord {
namespace {

// A report of a job with many thousand rounds; beyond that a coordinator is not believed.
constexpr int kMaxMessageBytes = 256 << 20;

// A person's certificate is renewed by whatever command needs it. One that is still good does without.
absl::Status KeepCertificate(const Profile& profile) {
  const absl::Time now = absl::Now();
  const auto renewed = RenewCertificateIfDue(profile.coordinator, "", profile.tls, now);
  if (renewed.ok()) return absl::OkStatus();
  const auto pem = ReadFile(profile.tls.certificate);
  const auto facts = pem.ok() ? ReadCertificate(*pem) : absl::StatusOr<CertificateFacts>(pem.status());
  if (facts.ok() && facts->not_after > now) return absl::OkStatus();
  return renewed.status();
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ConnectWithTls(const Profile& profile) {
  ACCORD_RETURN_IF_ERROR(KeepCertificate(profile));
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
      .enrol =
          [](const std::string& coordinator, const accord::EnrolmentToken& token, const accord::TlsFiles* files) {
            return accord::RequestIdentity(coordinator, "", token,
                                           {.kind = accord::v1::EnrollRequest::PERSON, .files = files});
          },
      .sleep = absl::SleepFor,
  };
  return accord::RunCli(std::vector<std::string>(argv + 1, argv + argc), environment);
}
