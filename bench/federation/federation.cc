#include "bench/federation/federation.h"

#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/file.h"
#include "base/status.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/grpcpp.h"

namespace accord::bench {
namespace {

constexpr absl::Duration kCommandTimeout = absl::Seconds(60);

}  // namespace

bool IsFinal(const v1::JobReport& report) {
  return report.state() == v1::JOB_FINISHED || report.state() == v1::JOB_FAILED || report.state() == v1::JOB_CANCELLED;
}

absl::StatusOr<std::unique_ptr<Federation>> Federation::Create(const std::string& binary_folder,
                                                               std::vector<SiteSetup> sites, const std::string& name) {
  std::unique_ptr<Federation> federation(new Federation(binary_folder));
  ACCORD_ASSIGN_OR_RETURN(federation->local_, LocalFederation::Start({.folder = federation->folder(),
                                                                      .programs = ProgramsIn(binary_folder)}));
  ACCORD_RETURN_IF_ERROR(federation->LogIn());
  for (const SiteSetup& setup : sites) ACCORD_RETURN_IF_ERROR(federation->AddSite(setup));
  if (!sites.empty()) ACCORD_RETURN_IF_ERROR(federation->local_->AgreeOnRoster(name));
  return federation;
}

std::string Federation::Binary(absl::string_view name) const { return absl::StrCat(binary_folder_, "/", name); }

TlsFiles Federation::CoordinatorTls() const {
  const std::string state = folder_.Path("coordinator/state/");
  return {state + "server.pem", state + "server.key", state + "ca.pem"};
}

TlsFiles Federation::SiteTls(size_t site) const {
  const std::string state = local_->site_folder(site) + "/state/";
  return {state + "certificate.pem", state + "key.pem", state + "ca.pem"};
}

absl::Status Federation::AddSite(const SiteSetup& setup) {
  std::string config = absl::StrCat(
      "floors: {allow_plain_sums: true, allow_two_sites: ", setup.allow_two_sites ? "true" : "false", "}\n");
  if (!setup.datasets.empty()) absl::StrAppend(&config, "datasets:\n");
  for (const SiteDataset& dataset : setup.datasets) {
    const std::string folder = absl::StrCat(local_->SiteFolder(setup.name), "/", dataset.name);
    ACCORD_RETURN_IF_ERROR(MakeFolders(folder, 0700));
    for (const auto& [name, content] : dataset.files) {
      ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder + "/" + name, content, 0600, Durability::kVisible));
    }
    ACCORD_RETURN_IF_ERROR(WriteFileAtomically(folder + "/mapping.yaml", dataset.mapping));
    absl::StrAppend(&config, "  - {name: ", dataset.name, ", mapping: ", dataset.name, "/mapping.yaml}\n");
  }
  return local_->AddSite({.name = setup.name, .config = config + setup.config});
}

absl::Status Federation::LogIn() {
  ACCORD_ASSIGN_OR_RETURN(const std::string token, local_->Token("person", "engineer"));
  return RunProgram({"/usr/bin/env", "ACCORD_PROFILE=" + folder_.Path("engineer"), Binary("accord"), "login",
                     "--coordinator", address(), "--token", "-"},
                    kCommandTimeout, token)
      .status();
}

absl::StatusOr<std::string> Federation::Accord(const std::vector<std::string>& arguments) {
  std::vector<std::string> argv = {"/usr/bin/env", "ACCORD_PROFILE=" + folder_.Path("engineer"), Binary("accord")};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return RunProgram(argv, kCommandTimeout);
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
  operations_ = v1::Operations::NewStub(grpc::CreateCustomChannel(address(), credentials, arguments));
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
                   report.waiting_for(), ") ", status.error_message(), "\ncoordinator: ", coordinator().OutputTail()));
}

}  // namespace accord::bench
