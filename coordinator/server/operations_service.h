// What people's tools call. Each call is for callers with a person's certificate only.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "coordinator/engine/engine.h"
#include "coordinator/server/provenance_desk.h"
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
  explicit OperationsServiceImpl(const Parts& parts) : parts_(parts), provenances_(parts.store, parts.clock) {}

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

 private:
  // The person and the job that a request means.
  struct Target {
    std::string person;
    std::string job_id;
  };
  absl::StatusOr<Target> Resolve(const grpc::CallbackServerContext& context, const std::string& prefix);
  const Parts parts_;
  ProvenanceDesk provenances_;
};

}  // namespace accord
