// A coordinator's Operations service that does what a test tells it, also what no honest one would.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "proto/accord/v1/operations.grpc.pb.h"

namespace accord {

class FakeOperations : public v1::Operations::Service {
 public:
  // What one submission brought, whether or not it was answered.
  struct Submitted {
    v1::SubmitOpen open;
    std::string bytes;         // the artifacts, one after another
    bool chunks_sound = true;  // offsets, sizes and checksums as wire.proto says
  };

  grpc::Status SubmitJob(grpc::ServerContext* context, grpc::ServerReader<v1::SubmitMessage>* reader,
                         v1::SubmitResponse* response) override;
  grpc::Status ListJobs(grpc::ServerContext* context, const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override;
  grpc::Status GetJob(grpc::ServerContext* context, const v1::GetJobRequest* request, v1::JobReport* report) override;
  grpc::Status WatchJob(grpc::ServerContext* context, const v1::GetJobRequest* request,
                        grpc::ServerWriter<v1::JobReport>* writer) override;
  grpc::Status CancelJob(grpc::ServerContext* context, const v1::CancelJobRequest* request,
                         v1::JobReport* report) override;
  grpc::Status FetchModel(grpc::ServerContext* context, const v1::FetchModelRequest* request,
                          grpc::ServerWriter<v1::FetchModelReply>* writer) override;
  // UNIMPLEMENTED, as an older coordinator says, unless `provenance` is set.
  grpc::Status FetchProvenance(grpc::ServerContext* context, const v1::FetchModelRequest* request,
                               grpc::ServerWriter<v1::Chunk>* writer) override;
  grpc::Status ListSites(grpc::ServerContext* context, const v1::ListSitesRequest* request,
                         v1::ListSitesResponse* response) override;
  grpc::Status AddApproval(grpc::ServerContext* context, const v1::AddApprovalRequest* request,
                           v1::AddApprovalReply* reply) override;
  grpc::Status FetchPapers(grpc::ServerContext* context, const v1::FetchPapersRequest* request,
                           v1::FetchPapersReply* reply) override;
  grpc::Status FetchCharter(grpc::ServerContext* context, const v1::FetchCharterRequest* request,
                            v1::FetchCharterReply* reply) override;

  grpc::Status StopJob(grpc::ServerContext* context, const v1::StopJobRequest* request, v1::JobReport* report) override;
  grpc::Status AddComplaint(grpc::ServerContext* context, const v1::AddComplaintRequest* request,
                            v1::AddComplaintReply* reply) override;
  grpc::Status ListComplaints(grpc::ServerContext* context, const v1::ListComplaintsRequest* request,
                              v1::ListComplaintsResponse* response) override;

  grpc::Status ListAccesses(grpc::ServerContext* context, const v1::ListAccessesRequest* request,
                            v1::ListAccessesResponse* response) override;
  grpc::Status FetchLog(grpc::ServerContext* context, const v1::FetchLogRequest* request,
                        grpc::ServerWriter<v1::Chunk>* writer) override;

  std::vector<Submitted> submissions;
  int break_submissions = 0;  // so many are cut after they were taken: the answer is lost

  std::vector<v1::JobReport> jobs;
  grpc::Status answer;  // of GetJob, ListJobs, ListSites and CancelJob when it is not OK
  std::string cancel_reason;
  v1::ListSitesResponse sites;
  std::vector<v1::AddApprovalRequest> handed_in;
  v1::AddApprovalReply approval_reply;
  std::string refused_approval;  // the file that is not taken
  v1::FetchPapersReply papers;
  v1::FetchCharterReply charter;
  v1::ListAccessesResponse accesses;
  std::string log, log_names;  // sent in chunks of `chunk_bytes`, the second behind the first where it is asked for
  std::vector<v1::StopJobRequest> stops;
  std::vector<std::string> statements;    // that came as complaints and answers
  std::vector<v1::Complaint> complaints;  // the first is the reply to one that comes

  // Each watching stream sends one of these and then breaks; the last one ends well.
  std::vector<std::vector<v1::JobReport>> watch_streams;
  grpc::Status watch_ends;  // of each stream but the last; OK: the link breaks

  v1::ModelHeader header;
  std::string model;  // sent in chunks of `chunk_bytes`
  size_t chunk_bytes = 1 << 20;
  int break_fetches = 0;                            // so many end after the header
  std::function<void(v1::FetchModelReply&)> spoil;  // before a message goes out
  uint32_t fetched_round = 0;
  std::string provenance;          // sent in chunks of `chunk_bytes`
  grpc::Status provenance_answer;  // when it is not OK
  bool damage_provenance = false;  // with a wrong checksum

 private:
  size_t next_watch_ = 0;
};

// Finished after `rounds` training rounds of three sites, with plausible metrics.
v1::JobReport FinishedReport(int rounds);

}  // namespace accord
