#include "tests/cli/fake_operations.h"

#include "base/hash.h"

namespace accord {
namespace {

void SendText(const std::string& text, size_t chunk_bytes, bool damage, grpc::ServerWriter<v1::Chunk>& writer) {
  for (size_t offset = 0; offset < text.size(); offset += chunk_bytes) {
    const std::string piece = text.substr(offset, chunk_bytes);
    v1::Chunk chunk;
    chunk.set_offset(offset);
    chunk.set_data(piece);
    chunk.set_crc32c(Crc32c(0, piece.data(), piece.size()) + (damage ? 1 : 0));
    writer.Write(chunk);
  }
}

}  // namespace

namespace {

const grpc::Status kBroken(grpc::StatusCode::UNAVAILABLE, "the link broke");

}  // namespace

grpc::Status FakeOperations::SubmitJob(grpc::ServerContext*, grpc::ServerReader<v1::SubmitMessage>* reader,
                                       v1::SubmitResponse* response) {
  Submitted submitted;
  v1::SubmitMessage message;
  uint64_t in_artifact = 0;
  int artifact = 0;
  while (reader->Read(&message)) {
    if (message.has_open()) {
      submitted.open = message.open();
      continue;
    }
    const v1::Chunk& chunk = message.artifact();
    const bool sound = chunk.offset() == in_artifact && chunk.data().size() <= (1 << 20) &&
                       chunk.crc32c() == Crc32c(0, chunk.data().data(), chunk.data().size());
    submitted.chunks_sound = submitted.chunks_sound && sound;
    submitted.bytes += chunk.data();
    in_artifact += chunk.data().size();
    if (artifact < submitted.open.artifacts_size() && in_artifact == submitted.open.artifacts(artifact).num_bytes()) {
      ++artifact;
      in_artifact = 0;
    }
  }
  submissions.push_back(submitted);
  if (break_submissions-- > 0) return kBroken;
  response->set_job_id("job-1");
  return grpc::Status::OK;
}

grpc::Status FakeOperations::ListJobs(grpc::ServerContext*, const v1::ListJobsRequest*,
                                      v1::ListJobsResponse* response) {
  for (const auto& job : jobs) *response->add_jobs() = job;
  return answer;
}

grpc::Status FakeOperations::GetJob(grpc::ServerContext*, const v1::GetJobRequest* request, v1::JobReport* report) {
  if (!answer.ok()) return answer;
  for (const auto& job : jobs) {
    if (job.job_id().rfind(request->job_id(), 0) != 0) continue;
    *report = job;
    return grpc::Status::OK;
  }
  return grpc::Status(grpc::StatusCode::NOT_FOUND, "no job " + request->job_id());
}

grpc::Status FakeOperations::WatchJob(grpc::ServerContext*, const v1::GetJobRequest*,
                                      grpc::ServerWriter<v1::JobReport>* writer) {
  if (next_watch_ >= watch_streams.size()) return kBroken;
  for (const auto& report : watch_streams[next_watch_]) writer->Write(report);
  return ++next_watch_ == watch_streams.size() ? grpc::Status::OK : watch_ends.ok() ? kBroken : watch_ends;
}

grpc::Status FakeOperations::CancelJob(grpc::ServerContext* context, const v1::CancelJobRequest* request,
                                       v1::JobReport* report) {
  cancel_reason = request->reason();
  v1::GetJobRequest get;
  get.set_job_id(request->job_id());
  const grpc::Status status = GetJob(context, &get, report);
  report->set_state(v1::JOB_CANCELLED);
  report->set_reason(cancel_reason);
  return status;
}

grpc::Status FakeOperations::FetchModel(grpc::ServerContext*, const v1::FetchModelRequest* request,
                                        grpc::ServerWriter<v1::FetchModelReply>* writer) {
  fetched_round = request->round();
  const auto send = [&](v1::FetchModelReply reply) {
    if (spoil) spoil(reply);
    writer->Write(reply);
  };
  v1::FetchModelReply first;
  *first.mutable_header() = header;
  send(first);
  if (break_fetches-- > 0) return kBroken;
  for (size_t offset = 0; offset < model.size(); offset += chunk_bytes) {
    const std::string piece = model.substr(offset, chunk_bytes);
    v1::FetchModelReply reply;
    reply.mutable_chunk()->set_offset(offset);
    reply.mutable_chunk()->set_data(piece);
    reply.mutable_chunk()->set_crc32c(Crc32c(0, piece.data(), piece.size()));
    send(reply);
  }
  return grpc::Status::OK;
}

grpc::Status FakeOperations::FetchProvenance(grpc::ServerContext*, const v1::FetchModelRequest*,
                                             grpc::ServerWriter<v1::Chunk>* writer) {
  if (!provenance_answer.ok()) return provenance_answer;
  if (provenance.empty()) return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "");
  SendText(provenance, chunk_bytes, damage_provenance, *writer);
  return grpc::Status::OK;
}

grpc::Status FakeOperations::ListAccesses(grpc::ServerContext*, const v1::ListAccessesRequest*,
                                          v1::ListAccessesResponse* response) {
  *response = accesses;
  return answer;
}

grpc::Status FakeOperations::FetchLog(grpc::ServerContext*, const v1::FetchLogRequest* request,
                                      grpc::ServerWriter<v1::Chunk>* writer) {
  if (answer.ok()) SendText(request->names() ? log + log_names : log, chunk_bytes, /*damage=*/false, *writer);
  return answer;
}

grpc::Status FakeOperations::ListSites(grpc::ServerContext*, const v1::ListSitesRequest*,
                                       v1::ListSitesResponse* response) {
  *response = sites;
  return answer;
}

grpc::Status FakeOperations::AddApproval(grpc::ServerContext*, const v1::AddApprovalRequest* request,
                                         v1::AddApprovalReply* reply) {
  handed_in.push_back(*request);
  *reply = approval_reply;
  if (request->approval() != refused_approval) return answer;
  return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "is about another order");
}

grpc::Status FakeOperations::FetchPapers(grpc::ServerContext*, const v1::FetchPapersRequest*,
                                         v1::FetchPapersReply* reply) {
  *reply = papers;
  return answer;
}

grpc::Status FakeOperations::FetchCharter(grpc::ServerContext*, const v1::FetchCharterRequest*,
                                          v1::FetchCharterReply* reply) {
  *reply = charter;
  return answer;
}

grpc::Status FakeOperations::StopJob(grpc::ServerContext*, const v1::StopJobRequest* request, v1::JobReport* report) {
  stops.push_back(*request);
  if (!jobs.empty()) *report = jobs[0];
  return answer;
}

grpc::Status FakeOperations::AddComplaint(grpc::ServerContext*, const v1::AddComplaintRequest* request,
                                          v1::AddComplaintReply* reply) {
  statements.push_back(request->statement());
  if (!complaints.empty()) *reply->mutable_complaint() = complaints[0];
  return answer;
}

grpc::Status FakeOperations::ListComplaints(grpc::ServerContext*, const v1::ListComplaintsRequest* request,
                                            v1::ListComplaintsResponse* response) {
  for (const v1::Complaint& complaint : complaints) {
    if (!request->site().empty() && complaint.site() != request->site()) continue;
    *response->add_complaints() = complaint;
  }
  return answer;
}

v1::JobReport FinishedReport(int rounds) {
  v1::JobReport report;
  report.set_job_id("job-1");
  report.set_name("small");
  report.set_purpose("To test the commands.");
  report.set_state(v1::JOB_FINISHED);
  report.set_submitted_unix_ms(1700000000000);
  report.set_finished_unix_ms(1700000005000);
  report.set_rounds_total(static_cast<uint32_t>(rounds));
  report.set_rounds_done(static_cast<uint32_t>(rounds));
  for (int i = 1; i <= rounds; ++i) {
    v1::RoundReport& round = *report.add_rounds();
    round.set_kind(v1::STEP_TRAIN);
    round.set_round(static_cast<uint32_t>(i));
    round.set_attempt(static_cast<uint32_t>(i));
    round.set_outcome(v1::ROUND_FINISHED);
    round.set_started_unix_ms(1700000000000 + i * 1000);
    round.set_duration_ms(20);
    for (const char* site : {"berlin", "paris", "rome"}) round.add_sites(site);
    round.set_upload_bytes_per_site(100);
    round.mutable_metrics()->set_train_rows(300);
    round.mutable_metrics()->set_test_loss(1.0 / i);
    round.mutable_metrics()->set_test_accuracy(0.5 + 0.1 * i);
    round.mutable_metrics()->set_test_auc(0.6 + 0.05 * i);
  }
  report.mutable_final_metrics()->set_test_accuracy(0.8125);
  report.mutable_final_metrics()->set_test_auc(0.9);
  return report;
}

}  // namespace accord
