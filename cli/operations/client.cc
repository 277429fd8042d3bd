#include "cli/operations/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/hash.h"
#include "base/status.h"
#include "cli/operations/model_download.h"
#include "trust/provenance/model_provenance.h"

namespace accord {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;  // wire.proto: at most 1 MiB of data in one chunk
constexpr size_t kMaxLogBytes = size_t{512} << 20;
constexpr int kAttempts = 4;
constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr absl::Duration kAnswerWithin = absl::Seconds(30);
// How long a watcher looks for a coordinator that went away, for example over its restart.
constexpr absl::Duration kLookFor = absl::Minutes(5);

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(kAnswerWithin));
}

bool IsLostLink(const grpc::Status& status) { return status.error_code() == grpc::StatusCode::UNAVAILABLE; }

v1::GetJobRequest RequestFor(const std::string& job_id) {
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  return request;
}

// Writes `bytes` in chunks; false when the stream broke.
bool WriteArtifact(grpc::ClientWriter<v1::SubmitMessage>& writer, absl::string_view bytes) {
  for (size_t offset = 0; offset < bytes.size(); offset += kChunkBytes) {
    const absl::string_view piece = bytes.substr(offset, kChunkBytes);
    v1::SubmitMessage message;
    v1::Chunk& chunk = *message.mutable_artifact();
    chunk.set_offset(offset);
    chunk.set_data(piece.data(), piece.size());
    chunk.set_crc32c(Crc32c(0, piece.data(), piece.size()));
    if (!writer.Write(message)) return false;
  }
  return true;
}

}  // namespace

bool IsFinal(v1::JobState state) {
  return state == v1::JOB_FINISHED || state == v1::JOB_FAILED || state == v1::JOB_CANCELLED;
}

OperationsClient::OperationsClient(CliEnvironment& environment, Profile profile, std::shared_ptr<grpc::Channel> channel)
    : environment_(&environment), profile_(std::move(profile)), stub_(v1::Operations::NewStub(std::move(channel))) {}

absl::StatusOr<OperationsClient> OperationsClient::Connect(CliEnvironment& environment, const std::string& folder) {
  ACCORD_ASSIGN_OR_RETURN(Profile profile, LoadProfile(folder.empty() ? environment.default_profile : folder));
  ACCORD_ASSIGN_OR_RETURN(auto channel, environment.connect(profile));
  return OperationsClient(environment, std::move(profile), std::move(channel));
}

absl::Status OperationsClient::Call(const std::function<grpc::Status()>& call) {
  absl::Duration pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    const grpc::Status status = call();
    if (!IsLostLink(status) || attempt == kAttempts) return Explain(status);
    environment_->sleep(pause);
    pause *= 2;
  }
}

absl::Status OperationsClient::Explain(const grpc::Status& status) const {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  const std::string& text = status.error_message();
  const auto with = [&](const std::string& message) { return absl::Status(code, message); };
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return with(
          absl::StrCat("cannot reach the coordinator at ", profile_.coordinator, " (", text,
                       "); check that it runs (`accord-coordinator run`), that no firewall is between, and that "
                       "the address is right; `accord login` changes it"));
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return with(absl::StrCat("the coordinator at ", profile_.coordinator, " did not answer within ",
                               absl::FormatDuration(kAnswerWithin), "; try again, or look at its log"));
    case grpc::StatusCode::UNAUTHENTICATED:
      return with(absl::StrCat("the coordinator at ", profile_.coordinator, " refuses ", profile_.identity, ": ", text,
                               "; log in again with a fresh token for a person (`accord login`)"));
    case grpc::StatusCode::PERMISSION_DENIED:
      return with(absl::StrCat("the coordinator at ", profile_.coordinator, " refuses ", profile_.identity, ": ", text,
                               " (where the login is the reason: `accord login` with a fresh token for a person)"));
    case grpc::StatusCode::NOT_FOUND:
      return with(absl::StrCat(text, "; `accord job list` shows the jobs that there are"));
    case grpc::StatusCode::UNIMPLEMENTED:
      return with(absl::StrCat("the coordinator at ", profile_.coordinator,
                               " does not know this command: its version is older; upgrade it"));
    default:
      return with(text.empty() ? "the coordinator gave no reason; look at its log" : text);
  }
}

grpc::Status OperationsClient::SubmitOnce(const Submission& submission, v1::SubmitResponse& response) {
  grpc::ClientContext context;
  const auto writer = stub_->SubmitJob(&context, &response);
  v1::SubmitMessage first;
  *first.mutable_open() = submission.open;
  bool going = writer->Write(first);
  for (const std::string& artifact : submission.artifacts) going = going && WriteArtifact(*writer, artifact);
  // A false write has its reason in the status, so the call is finished either way.
  writer->WritesDone();
  return writer->Finish();
}

absl::StatusOr<std::string> OperationsClient::Submit(const Submission& submission) {
  v1::SubmitResponse response;
  ACCORD_RETURN_IF_ERROR(Call([&] { return SubmitOnce(submission, response); }));
  return response.job_id();
}

absl::StatusOr<v1::ListJobsResponse> OperationsClient::ListJobs() {
  v1::ListJobsResponse response;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->ListJobs(&context, v1::ListJobsRequest(), &response);
  }));
  return response;
}

absl::StatusOr<v1::JobReport> OperationsClient::GetJob(const std::string& job_id) {
  v1::JobReport report;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->GetJob(&context, RequestFor(job_id), &report);
  }));
  return report;
}

absl::StatusOr<v1::JobReport> OperationsClient::CancelJob(const std::string& job_id, const std::string& reason) {
  v1::CancelJobRequest request;
  request.set_job_id(job_id);
  request.set_reason(reason);
  v1::JobReport report;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->CancelJob(&context, request, &report);
  }));
  return report;
}

absl::StatusOr<v1::ListSitesResponse> OperationsClient::ListSites() {
  v1::ListSitesResponse response;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->ListSites(&context, v1::ListSitesRequest(), &response);
  }));
  return response;
}

absl::StatusOr<v1::AddApprovalReply> OperationsClient::AddApproval(const std::string& job_id,
                                                                   const std::string& approval) {
  v1::AddApprovalRequest request;
  request.set_job_id(job_id);
  request.set_approval(approval);
  v1::AddApprovalReply reply;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->AddApproval(&context, request, &reply);
  }));
  return reply;
}

absl::StatusOr<v1::FetchPapersReply> OperationsClient::FetchPapers(const std::string& job_id) {
  v1::FetchPapersRequest request;
  request.set_job_id(job_id);
  v1::FetchPapersReply reply;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->FetchPapers(&context, request, &reply);
  }));
  return reply;
}

absl::StatusOr<v1::FetchCharterReply> OperationsClient::FetchCharter() {
  v1::FetchCharterReply reply;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->FetchCharter(&context, v1::FetchCharterRequest(), &reply);
  }));
  return reply;
}

absl::StatusOr<v1::JobReport> OperationsClient::StopJob(const std::string& job_id, const std::string& stop) {
  v1::StopJobRequest request;
  request.set_job_id(job_id);
  request.set_stop(stop);
  v1::JobReport report;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->StopJob(&context, request, &report);
  }));
  return report;
}

absl::StatusOr<v1::AddComplaintReply> OperationsClient::AddComplaint(const std::string& statement) {
  v1::AddComplaintRequest request;
  request.set_statement(statement);
  v1::AddComplaintReply reply;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->AddComplaint(&context, request, &reply);
  }));
  return reply;
}

absl::StatusOr<v1::ListComplaintsResponse> OperationsClient::ListComplaints(const std::string& job_id,
                                                                            const std::string& site) {
  v1::ListComplaintsRequest request;
  request.set_job_id(job_id);
  request.set_site(site);
  v1::ListComplaintsResponse response;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->ListComplaints(&context, request, &response);
  }));
  return response;
}

grpc::Status OperationsClient::WatchOnce(const v1::GetJobRequest& request,
                                         const std::function<void(const v1::JobReport&)>& seen, v1::JobReport& last) {
  grpc::ClientContext context;
  {
    const absl::MutexLock lock(&watching_->mutex);
    if (watching_->cancelled) return grpc::Status::CANCELLED;
    watching_->context = &context;
  }
  const auto reader = stub_->WatchJob(&context, request);
  v1::JobReport report;
  while (reader->Read(&report)) {
    seen(report);
    last.Swap(&report);
  }
  const grpc::Status status = reader->Finish();
  {
    const absl::MutexLock lock(&watching_->mutex);
    watching_->context = nullptr;
  }
  if (!status.ok() || IsFinal(last.state())) return status;
  return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the coordinator ended the stream before the job was over");
}

void OperationsClient::Cancel() {
  const absl::MutexLock lock(&watching_->mutex);
  watching_->cancelled = true;
  if (watching_->context != nullptr) watching_->context->TryCancel();
}

absl::StatusOr<v1::JobReport> OperationsClient::WatchJob(const std::string& job_id,
                                                         const std::function<void(const v1::JobReport&)>& seen,
                                                         const std::function<void(const std::string&)>& lost) {
  v1::JobReport last;
  bool ever_seen = false, connected_anew = false;
  absl::Duration pause = kFirstPause, looked_for;
  const auto watch = [&](const v1::JobReport& report) {
    ever_seen = true;
    connected_anew = false;
    pause = kFirstPause;
    looked_for = absl::ZeroDuration();
    seen(report);
  };
  while (true) {
    const grpc::Status status = WatchOnce(RequestFor(job_id), watch, last);
    if (status.ok()) return last;
    // A final report is all that there was to wait for, however the stream ended.
    if (IsFinal(last.state())) return last;
    // A watch ends with the certificate that began it; a new connection begins with a renewed one.
    if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED && ever_seen && !connected_anew) {
      ACCORD_ASSIGN_OR_RETURN(auto channel, environment_->connect(profile_));
      stub_ = v1::Operations::NewStub(std::move(channel));
      connected_anew = true;
      continue;
    }
    if (!IsLostLink(status)) return Explain(status);
    // A coordinator that never answered gets the patience of any other call.
    const absl::Duration patience = ever_seen ? kLookFor : kFirstPause * ((1 << (kAttempts - 1)) - 1);
    if (looked_for >= patience) return Explain(status);
    if (looked_for == absl::ZeroDuration() && ever_seen) {
      lost(absl::StrCat("lost the coordinator at ", profile_.coordinator, " (", status.error_message(),
                        "); the job goes on without this watcher, trying again"));
    }
    environment_->sleep(pause);
    looked_for += pause;
    pause = std::min(pause * 2, kLongestPause);
  }
}

absl::StatusOr<FetchedModel> OperationsClient::FetchModel(const std::string& job_id, uint32_t round) {
  v1::FetchModelRequest request;
  request.set_job_id(job_id);
  request.set_round(round);
  FetchedModel model;
  absl::Status fault;  // what was wrong with the bytes, as opposed to with the link
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    ModelDownload download;
    const auto reader = stub_->FetchModel(&context, request);
    v1::FetchModelReply reply;
    fault = absl::OkStatus();
    while (fault.ok() && reader->Read(&reply)) fault = download.Take(reply);
    if (!fault.ok()) context.TryCancel();
    const grpc::Status status = reader->Finish();
    if (!fault.ok()) return grpc::Status::OK;
    if (status.ok()) fault = download.Finish(model);
    return status;
  }));
  ACCORD_RETURN_IF_ERROR(fault);
  return model;
}

absl::StatusOr<std::string> OperationsClient::FetchText(
    const std::function<std::unique_ptr<grpc::ClientReader<v1::Chunk>>(grpc::ClientContext&)>& open, size_t max_bytes,
    absl::string_view what) {
  std::string text;
  bool is_sound = true;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    const auto reader = open(context);
    text.clear();
    is_sound = true;
    v1::Chunk chunk;
    while (is_sound && reader->Read(&chunk)) {
      is_sound = chunk.offset() == text.size() && text.size() + chunk.data().size() <= max_bytes &&
                 chunk.crc32c() == Crc32c(0, chunk.data().data(), chunk.data().size());
      if (is_sound) text.append(chunk.data());
    }
    if (!is_sound) context.TryCancel();
    const grpc::Status status = reader->Finish();
    return is_sound ? status : grpc::Status::OK;
  }));
  if (is_sound) return text;
  return absl::DataLossError(absl::StrCat(what, " arrived damaged; try again"));
}

absl::StatusOr<std::string> OperationsClient::FetchProvenance(const std::string& job_id, uint32_t round) {
  v1::FetchModelRequest request;
  request.set_job_id(job_id);
  request.set_round(round);
  return FetchText([&](grpc::ClientContext& context) { return stub_->FetchProvenance(&context, request); },
                   kMaxProvenanceBytes, "the model's provenance");
}

absl::StatusOr<v1::ListAccessesResponse> OperationsClient::ListAccesses(const std::string& job_id) {
  v1::ListAccessesRequest request;
  request.set_job_id(job_id);
  v1::ListAccessesResponse response;
  ACCORD_RETURN_IF_ERROR(Call([&] {
    grpc::ClientContext context;
    SetDeadline(context);
    return stub_->ListAccesses(&context, request, &response);
  }));
  return response;
}

absl::StatusOr<std::string> OperationsClient::FetchLog(bool names) {
  v1::FetchLogRequest request;
  request.set_names(names);
  return FetchText([&](grpc::ClientContext& context) { return stub_->FetchLog(&context, request); }, kMaxLogBytes,
                   "the federation's log");
}

}  // namespace accord
