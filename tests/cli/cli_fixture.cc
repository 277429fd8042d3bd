#include "tests/cli/cli_fixture.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "cli/profile/profile.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace accord {
namespace {

// Good enough for a coordinator without TLS.
NewIdentity PlainIdentity() {
  auto key = SecretBytes::Random(32);
  EXPECT_TRUE(key.ok());
  return {.identity = "person/engineer", .key_pem = *std::move(key), .certificate_pem = "certificate", .ca_pem = "ca"};
}

}  // namespace

void CliTest::SetUp() {
  std::string pattern = absl::StrCat(testing::TempDir(), "/accord-cli-XXXXXX");
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  folder_ = pattern;
}

void CliTest::TearDown() {
  StopCoordinator();
  std::filesystem::remove_all(folder_);
}

void CliTest::StartCoordinator() {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr);
  ASSERT_TRUE(SaveProfile(Path("profile"), absl::StrCat("127.0.0.1:", port), PlainIdentity()).ok());
}

void CliTest::StopCoordinator() {
  if (server_) server_->Shutdown();
  server_.reset();
}

ExitCode CliTest::Run(const std::vector<std::string>& arguments, const std::string& input) {
  out_.str("");
  err_.str("");
  std::istringstream in(input);
  CliEnvironment environment{
      .in = in,
      .out = out_,
      .err = err_,
      .out_is_terminal = terminal_,
      .clock = clock_,
      .default_profile = Path("profile"),
      .connect = [](const Profile& profile) -> absl::StatusOr<std::shared_ptr<grpc::Channel>> {
        return grpc::CreateChannel(profile.coordinator, grpc::InsecureChannelCredentials());
      },
      .enrol = [this](const std::string& coordinator, const EnrolmentToken&,
                      const TlsFiles*) -> absl::StatusOr<NewIdentity> {
        enrolled_at_ = coordinator;
        return PlainIdentity();
      },
      .sleep = [this](absl::Duration pause) { pauses_.push_back(pause); },
  };
  return RunCli(arguments, environment);
}

std::string CliTest::WriteFile(const std::string& name, const std::string& content) const {
  EXPECT_TRUE(WriteFileAtomically(Path(name), content, 0644, Durability::kVisible).ok());
  return Path(name);
}

std::string CliTest::ReadBack(const std::string& name) const { return ReadFile(Path(name)).value_or("(no such file)"); }

std::string SmallJobYaml() {
  return R"(name: small
purpose: To test the commands.
seed: 5
data:
  name: patients
  features:
    - {name: age, numeric: {unit: years, min: 0, max: 120}}
    - {name: sex, category: {levels: [female, male]}}
  target: {name: ill, category: {levels: ["no", "yes"]}}
model: {logistic_regression: {}}
training:
  sgd: {learning_rate: 0.1}
  local_epochs: 2
  batch_size: 16
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1000}
rounds: {count: 3, min_sites: 3, target_sites: 4}
)";
}

std::string DrillYaml(int num_parameters) {
  return absl::StrCat(R"(name: drill
purpose: To test the links.
model: {drill: {num_parameters: )",
                      num_parameters, R"(}}
aggregation: {fedavg: {}, update_bound: 1, max_rows_per_site: 1}
rounds: {count: 5, min_sites: 3}
)");
}

}  // namespace accord
