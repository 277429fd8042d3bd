#include "bench/federation/federation.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/grpcpp.h"

namespace accord::bench {
namespace {

constexpr absl::Duration kCommandTimeout = absl::Seconds(60);
constexpr absl::Duration kStartTimeout = absl::Seconds(60);

}  // namespace

bool IsFinal(const v1::JobReport& report) {
  return report.state() == v1::JOB_FINISHED || report.state() == v1::JOB_FAILED || report.state() == v1::JOB_CANCELLED;
}

absl::StatusOr<std::unique_ptr<Federation>> Federation::Create(const std::string& binary_folder,
                                                               std::vector<SiteSetup> sites) {
  std::unique_ptr<Federation> federation(new Federation(binary_folder));
  ACCORD_RETURN_IF_ERROR(federation->InitialiseCoordinator());
  ACCORD_RETURN_IF_ERROR(federation->StartCoordinator());
  ACCORD_RETURN_IF_ERROR(federation->LogIn());
  for (SiteSetup& setup : sites) {
    Site& site = federation->sites_.emplace_back();
    site.setup = std::move(setup);
    ACCORD_RETURN_IF_ERROR(Annotate(federation->Enrol(site), site.setup.name));
  }
  if (!federation->sites_.empty()) ACCORD_RETURN_IF_ERROR(federation->AgreeOnRoster());
  return federation;
}

// The daemons first: a site that loses its coordinator would log that it looks for it.
Federation::~Federation() {
  for (Site& site : sites_) site.process.Signal(SIGTERM);
  for (Site& site : sites_) site.process.Stop();
  coordinator_.Stop();
}

std::string Federation::Binary(absl::string_view name) const { return absl::StrCat(binary_folder_, "/", name); }

absl::Status Federation::InitialiseCoordinator() {
  return RunProgram({Binary("accord-coordinator"), "init", folder_.Path("coordinator"), "--listen", "127.0.0.1:0",
                     "--name", "localhost"},
                    kCommandTimeout)
      .status();
}

absl::Status Federation::StartCoordinator() {
  const std::string config = folder_.Path("coordinator/coordinator.yaml");
  ACCORD_ASSIGN_OR_RETURN(coordinator_, Process::Start({{Binary("accord-coordinator"), "run", "--config", config},
                                                        folder_.Path("coordinator.log")}));
  ACCORD_RETURN_IF_ERROR(Annotate(coordinator_.WaitForOutput("listening", kStartTimeout), "coordinator"));
  if (!address_.empty()) return absl::OkStatus();
  // The first start takes a free port; later ones must be found under the same address.
  ACCORD_ASSIGN_OR_RETURN(const std::string port, ReadFile(folder_.Path("coordinator/state/port")));
  address_ = absl::StrCat("localhost:", absl::StripAsciiWhitespace(port));
  ACCORD_ASSIGN_OR_RETURN(const std::string text, ReadFile(config));
  return WriteFileAtomically(
      config,
      absl::StrReplaceAll(text, {{"127.0.0.1:0", absl::StrCat("127.0.0.1:", absl::StripAsciiWhitespace(port))}}));
}

absl::StatusOr<std::string> Federation::TokenFile(const std::string& role, const std::string& id,
                                                  const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"token", role, id};
  arguments.insert(arguments.end(), more.begin(), more.end());
  ACCORD_ASSIGN_OR_RETURN(const std::string token, Coordinator(arguments));
  const std::string path = folder_.Path(absl::StrCat("token-", id));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, token, 0600, Durability::kVisible));
  return path;
}

// One file goes from site to site and back.
absl::Status Federation::AgreeOnRoster() {
  const std::string file = folder_.Path("roster");
  ACCORD_RETURN_IF_ERROR(Coordinator({"roster", "draft", "--out", file}).status());
  for (size_t i = 0; i < sites_.size(); ++i) {
    ACCORD_RETURN_IF_ERROR(Annotate(Client(i, {"roster", "sign", file}).status(), site_name(i)));
  }
  return Coordinator({"roster", "publish", file}).status();
}

TlsFiles Federation::CoordinatorTls() const {
  const std::string state = folder_.Path("coordinator/state/");
  return {state + "server.pem", state + "server.key", state + "ca.pem"};
}

TlsFiles Federation::SiteTls(size_t site) const {
  const std::string state = sites_[site].folder + "/state/";
  return {state + "certificate.pem", state + "key.pem", state + "ca.pem"};
}

absl::Status Federation::Enrol(Site& site) {
  site.folder = folder_.Path(site.setup.name);
  site.config = site.folder + "/client.yaml";
  ACCORD_RETURN_IF_ERROR(MakeFolders(site.folder, 0700));
  std::string config = absl::StrCat(
      "coordinator: ", address_, "\nsite: ", site.setup.name, "\nstate_dir: state\n",
      "floors: {allow_plain_sums: true, allow_two_sites: ", site.setup.allow_two_sites ? "true" : "false", "}\n");
  if (!site.setup.datasets.empty()) absl::StrAppend(&config, "datasets:\n");
  for (const SiteDataset& dataset : site.setup.datasets) {
    const std::string folder = absl::StrCat(site.folder, "/", dataset.name);
    ACCORD_RETURN_IF_ERROR(MakeFolders(folder, 0700));
    for (const auto& [name, content] : dataset.files) {
      ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder + "/" + name, content, 0600, Durability::kVisible));
    }
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder + "/mapping.yaml", dataset.mapping));
    absl::StrAppend(&config, "  - {name: ", dataset.name, ", mapping: ", dataset.name, "/mapping.yaml}\n");
  }
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(site.config, config + site.setup.config));
  ACCORD_ASSIGN_OR_RETURN(const std::string token,
                          TokenFile("site", site.setup.name, {"--organisation", "Organisation of " + site.setup.name}));
  return RunProgram({Binary("accord-client"), "enroll", "--config", site.config, "--token-file", token},
                    kCommandTimeout)
      .status();
}

absl::Status Federation::LogIn() {
  ACCORD_ASSIGN_OR_RETURN(const std::string token, TokenFile("person", "engineer"));
  return Accord({"login", "--coordinator", address_, "--token-file", token}).status();
}

absl::StatusOr<std::string> Federation::Accord(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"/usr/bin/env", "ACCORD_PROFILE=" + folder_.Path("engineer"), Binary("accord")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunProgram(argv, kCommandTimeout);
}

absl::StatusOr<std::string> Federation::Coordinator(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {Binary("accord-coordinator")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--config", folder_.Path("coordinator/coordinator.yaml")});
  return RunProgram(argv, kCommandTimeout);
}

absl::StatusOr<std::string> Federation::Client(size_t site, const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {Binary("accord-client")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  argv.insert(argv.end(), {"--config", sites_[site].config});
  return RunProgram(argv, kCommandTimeout);
}

absl::Status Federation::StartSite(size_t index) {
  Site& site = sites_[index];
  ACCORD_ASSIGN_OR_RETURN(site.process, Process::Start({{Binary("accord-client"), "run", "--config", site.config},
                                                        folder_.Path(site.setup.name + ".log")}));
  return absl::OkStatus();
}

absl::Status Federation::StartSites(size_t count) {
  count = std::min(count, sites_.size());
  for (size_t i = 0; i < count; ++i) {
    if (!sites_[i].process.running()) ACCORD_RETURN_IF_ERROR(StartSite(i));
  }
  for (size_t i = 0; i < count; ++i) {
    ACCORD_RETURN_IF_ERROR(Annotate(sites_[i].process.WaitForOutput("connected to ", kStartTimeout), site_name(i)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Federation::Submit(const std::string& job_yaml) {
  const std::string path = folder_.Path(absl::StrCat("job-", ++submissions_, ".yaml"));
  ACCORD_RETURN_IF_ERROR(WriteFileAtomically(path, job_yaml, 0600, Durability::kVisible));
  ACCORD_ASSIGN_OR_RETURN(const std::string output, Accord({"job", "submit", path, "--json"}));
  v1::SubmitResponse response;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(output, &response, options).ok() || response.job_id().empty()) {
    return absl::InternalError(absl::StrCat("accord job submit --json printed no job id: ", output));
  }
  return response.job_id();
}

absl::StatusOr<v1::Operations::Stub*> Federation::Operations() {
  if (operations_ != nullptr) return operations_.get();
  const std::string home = folder_.Path("engineer/");
  ACCORD_ASSIGN_OR_RETURN(auto credentials,
                          MakeClientCredentials({home + "certificate.pem", home + "key.pem", home + "ca.pem"}));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);  // a coordinator that comes back is seen at once
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetMaxReceiveMessageSize(64 << 20);
  operations_ = v1::Operations::NewStub(grpc::CreateCustomChannel(address_, credentials, arguments));
  return operations_.get();
}

absl::StatusOr<std::vector<float>> Federation::FetchModel(const std::string& job_id, uint32_t round) {
  ACCORD_ASSIGN_OR_RETURN(v1::Operations::Stub* const operations, Operations());
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kCommandTimeout));
  v1::FetchModelRequest request;
  request.set_job_id(job_id);
  request.set_round(round);
  const auto reader = operations->FetchModel(&context, request);
  std::string bytes;
  for (v1::FetchModelReply reply; reader->Read(&reply);) bytes += reply.chunk().data();
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return absl::UnavailableError(status.error_message());
  std::vector<float> parameters(bytes.size() / sizeof(float));
  std::memcpy(parameters.data(), bytes.data(), parameters.size() * sizeof(float));
  return parameters;
}

absl::StatusOr<v1::JobReport> Federation::WaitUntilFinal(const std::string& job_id, absl::Duration timeout) {
  return WaitUntil(job_id, IsFinal, timeout);
}

absl::StatusOr<v1::JobReport> Federation::WaitUntil(const std::string& job_id,
                                                    const std::function<bool(const v1::JobReport&)>& done,
                                                    absl::Duration timeout) {
  ACCORD_ASSIGN_OR_RETURN(v1::Operations::Stub* const operations, Operations());
  const auto deadline = absl::ToChronoTime(absl::Now() + timeout);
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  v1::JobReport report;
  grpc::Status status;
  while (std::chrono::system_clock::now() < deadline) {
    grpc::ClientContext context;
    context.set_deadline(deadline);
    context.set_wait_for_ready(true);  // over a coordinator's restart
    const auto reader = operations->WatchJob(&context, request);
    while (reader->Read(&report)) {
      if (!done(report)) continue;
      context.TryCancel();
      return report;
    }
    status = reader->Finish();
    if (status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND) break;  // final, and never as wished
  }
  return absl::DeadlineExceededError(
      absl::StrCat("job ", job_id, " stopped short at state ", v1::JobState_Name(report.state()), " (", report.reason(),
                   report.waiting_for(), ") ", status.error_message(), "\ncoordinator: ", coordinator_.OutputTail()));
}

}  // namespace accord::bench
