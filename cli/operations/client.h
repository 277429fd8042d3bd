// The coordinator's Operations service as the commands use it: retries, deadlines, and messages that say what to do.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "cli/environment.h"
#include "cli/operations/submission.h"
#include "proto/accord/v1/operations.grpc.pb.h"

namespace accord {

// A model as it came: checked for length and digest, not for anything else.
struct FetchedModel {
  v1::ModelHeader header;
  std::string bytes;  // float32, in the layout's order
};

// A coordinator that cannot be reached is tried four times within about four seconds; every call may be repeated
// without effect. Everything that comes back is a peer's: its texts are to be made printable, its numbers to be
// checked. Not thread-safe but for Cancel.
class OperationsClient {
 public:
  // Reads the profile in `folder` (empty: the default one). NOT_FOUND when nobody has logged in.
  static absl::StatusOr<OperationsClient> Connect(CliEnvironment& environment, const std::string& folder);

  // The job's id. A repetition after a broken link returns the same job (request_id).
  absl::StatusOr<std::string> Submit(const Submission& submission);
  absl::StatusOr<v1::ListJobsResponse> ListJobs();
  absl::StatusOr<v1::JobReport> GetJob(const std::string& job_id);
  absl::StatusOr<v1::JobReport> CancelJob(const std::string& job_id, const std::string& reason);
  absl::StatusOr<v1::ListSitesResponse> ListSites();
  // `approval`: the file of a signed statement. Handing it in again changes nothing.
  absl::StatusOr<v1::AddApprovalReply> AddApproval(const std::string& job_id, const std::string& approval);
  absl::StatusOr<v1::FetchPapersReply> FetchPapers(const std::string& job_id);
  absl::StatusOr<v1::FetchCharterReply> FetchCharter();
  // Files of signed statements, as of AddApproval.
  absl::StatusOr<v1::JobReport> StopJob(const std::string& job_id, const std::string& stop);
  absl::StatusOr<v1::AddComplaintReply> AddComplaint(const std::string& statement);
  // About one job (its id may be a prefix) or site; empty: any.
  absl::StatusOr<v1::ListComplaintsResponse> ListComplaints(const std::string& job_id, const std::string& site);
  // For auditors: who read what, and the log's file with, where asked for, the file of its names behind it; nothing of
  // it was checked but that it arrived whole.
  absl::StatusOr<v1::ListAccessesResponse> ListAccesses(const std::string& job_id);
  absl::StatusOr<std::string> FetchLog(bool names);
  // Calls `seen` for the report now and after every change; returns the final one. A lost link is found again for five
  // minutes; `lost` is told in words.
  absl::StatusOr<v1::JobReport> WatchJob(const std::string& job_id,
                                         const std::function<void(const v1::JobReport&)>& seen,
                                         const std::function<void(const std::string&)>& lost);
  // Ends a WatchJob that runs, and any that follows, with CANCELLED. From any thread.
  void Cancel();
  // `round` 0: the latest. DATA_LOSS when what came is not what the header's SHA-256 names.
  absl::StatusOr<FetchedModel> FetchModel(const std::string& job_id, uint32_t round);
  // The federation's statement about that model, an envelope as JSON; nothing of it was checked but that it arrived
  // whole. UNIMPLEMENTED: an older coordinator; FAILED_PRECONDITION: the job ran before there was a log.
  absl::StatusOr<std::string> FetchProvenance(const std::string& job_id, uint32_t round);

 private:
  // What a stream of chunks brings. DATA_LOSS: not whole, or longer than `max_bytes`; `what` names it in words.
  absl::StatusOr<std::string> FetchText(
      const std::function<std::unique_ptr<grpc::ClientReader<v1::Chunk>>(grpc::ClientContext&)>& open, size_t max_bytes,
      absl::string_view what);
  // What Cancel reaches from its thread.
  struct Watching {
    absl::Mutex mutex;
    bool cancelled ABSL_GUARDED_BY(mutex) = false;
    grpc::ClientContext* context ABSL_GUARDED_BY(mutex) = nullptr;  // of the call that runs
  };

  OperationsClient(CliEnvironment& environment, Profile profile, std::shared_ptr<grpc::Channel> channel);
  // Repeats `call` while the coordinator cannot be reached; then says what to do.
  absl::Status Call(const std::function<grpc::Status()>& call);
  absl::Status Explain(const grpc::Status& status) const;
  grpc::Status SubmitOnce(const Submission& submission, v1::SubmitResponse& response);
  grpc::Status WatchOnce(const v1::GetJobRequest& request, const std::function<void(const v1::JobReport&)>& seen,
                         v1::JobReport& last);

  CliEnvironment* environment_;
  Profile profile_;
  std::unique_ptr<v1::Operations::Stub> stub_;
  std::unique_ptr<Watching> watching_ = std::make_unique<Watching>();
};

bool IsFinal(v1::JobState state);

}  // namespace accord
