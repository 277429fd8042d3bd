// What people's tools call. Each call is for callers with a person's certificate only.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "coordinator/engine/engine.h"
#include "coordinator/server/access_log.h"
#include "coordinator/server/caller.h"
#include "coordinator/server/provenance_desk.h"
#include "coordinator/server/sight.h"
#include "coordinator/store/store.h"
#include "proto/accord/v1/operations.grpc.pb.h"

namespace accord {

class OperationsServiceImpl final : public v1::Operations::CallbackService {
 public:
  struct Parts {
    Store& store;
    Engine& engine;
    Clock& clock;
    uint64_t max_upload_bytes = 0;
  };
  // Everything in `parts` must outlive the service.
  explicit OperationsServiceImpl(const Parts& parts)
      : parts_(parts),
        callers_(parts.store.member_keys(), parts.clock),
        sight_(parts.store, parts.engine.charters()),
        accesses_(parts.store, parts.clock),
        provenances_(parts.store, parts.clock) {}

  grpc::ServerReadReactor<v1::SubmitMessage>* SubmitJob(grpc::CallbackServerContext* context,
                                                        v1::SubmitResponse* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context, const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context, const v1::GetJobRequest* request,
                                   v1::JobReport* response) override;
  grpc::ServerWriteReactor<v1::JobReport>* WatchJob(grpc::CallbackServerContext* context,
                                                    const v1::GetJobRequest* request) override;
  grpc::ServerUnaryReactor* CancelJob(grpc::CallbackServerContext* context, const v1::CancelJobRequest* request,
                                      v1::JobReport* response) override;
  grpc::ServerWriteReactor<v1::FetchModelReply>* FetchModel(grpc::CallbackServerContext* context,
                                                            const v1::FetchModelRequest* request) override;
  grpc::ServerWriteReactor<v1::Chunk>* FetchProvenance(grpc::CallbackServerContext* context,
                                                       const v1::FetchModelRequest* request) override;
  grpc::ServerUnaryReactor* ListSites(grpc::CallbackServerContext* context, const v1::ListSitesRequest* request,
                                      v1::ListSitesResponse* response) override;
  grpc::ServerUnaryReactor* AddApproval(grpc::CallbackServerContext* context, const v1::AddApprovalRequest* request,
                                        v1::AddApprovalReply* response) override;
  grpc::ServerUnaryReactor* FetchPapers(grpc::CallbackServerContext* context, const v1::FetchPapersRequest* request,
                                        v1::FetchPapersReply* response) override;
  grpc::ServerUnaryReactor* FetchCharter(grpc::CallbackServerContext* context, const v1::FetchCharterRequest* request,
                                         v1::FetchCharterReply* response) override;

  grpc::ServerUnaryReactor* StopJob(grpc::CallbackServerContext* context, const v1::StopJobRequest* request,
                                    v1::JobReport* response) override;
  grpc::ServerUnaryReactor* AddComplaint(grpc::CallbackServerContext* context, const v1::AddComplaintRequest* request,
                                         v1::AddComplaintReply* response) override;
  grpc::ServerUnaryReactor* ListComplaints(grpc::CallbackServerContext* context,
                                           const v1::ListComplaintsRequest* request,
                                           v1::ListComplaintsResponse* response) override;
  grpc::ServerUnaryReactor* ListAccesses(grpc::CallbackServerContext* context, const v1::ListAccessesRequest* request,
                                         v1::ListAccessesResponse* response) override;
  grpc::ServerWriteReactor<v1::Chunk>* FetchLog(grpc::CallbackServerContext* context,
                                                const v1::FetchLogRequest* request) override;

 private:
  // The person and the job that a request means.
  struct Target {
    std::string person;
    std::string job_id;
    CertificateTerm term;
    std::string why_status_only = {};  // of one who reads a report: as of Sight
  };
  absl::StatusOr<std::string> RequirePerson(const grpc::CallbackServerContext& context) const;
  absl::StatusOr<Target> Resolve(const grpc::CallbackServerContext& context, const std::string& prefix);
  // The same of somebody who may see something of the job and is given it, which is written down first. Of a person who
  // is given no more of a report than the own job's status nothing is written, as of lists.
  absl::StatusOr<Target> ResolveToRead(const grpc::CallbackServerContext& context, const std::string& prefix,
                                       AccessPayload::What what, uint32_t round = 0);
  // Whether the charter in force lets the person see it; PERMISSION_DENIED as of Sight.
  absl::Status CheckMayRead(Target& target, AccessPayload::What what);
  // What became of a job, and nothing that the log would have to say somebody read.
  static v1::JobReport OutcomeOf(const v1::JobReport& report);
  // PERMISSION_DENIED for auditors and ombudsmen of the charter in force. `what`: "submit jobs".
  absl::Status CheckActs(const std::string& person, absl::string_view what);
  // The person who calls, if the charter in force lists it with one of these roles; else PERMISSION_DENIED.
  absl::StatusOr<std::string> RequireSeat(const grpc::CallbackServerContext& context, absl::Span<const v1::Role> roles,
                                          absl::string_view what);
  // The charter in force, for whoever brings a statement under it.
  absl::StatusOr<std::shared_ptr<const CharterState>> ActiveState();
  // An ombudsman's complaint or a lead's answer; the complaint with what is said of it.
  absl::StatusOr<v1::Complaint> TakeComplaint(const std::string& file, const std::string& brought_by);
  // Whose words come with complaints: of the newest, as many as an answer holds; of none, for a list of many jobs.
  enum class ComplaintWords { kOfTheNewest, kOfNone };
  // What watchers have said about the job. Not on the engine's thread.
  absl::Status AddComplaintsTo(v1::JobReport& report, ComplaintWords words);
  const Parts parts_;
  const Callers callers_;
  Sight sight_;
  AccessLog accesses_;
  ProvenanceDesk provenances_;
  WorkerPool log_reader_{1};  // last: its tasks use the others
};

}  // namespace accord
