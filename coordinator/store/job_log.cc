#include "coordinator/store/job_log.h"

#include "base/hash.h"
#include "base/status.h"
#include "trust/log/log_payloads.h"

namespace accord {

absl::StatusOr<std::vector<LogDraft>> DraftsOfJob(const JobRecord& job) {
  ACCORD_ASSIGN_OR_RETURN(const Sha256Digest model, ParseHexDigest(job.model_digest));
  return std::vector<LogDraft>{
      {LogEntryKind::kJob, job.id, LogPayload::HashOf(job.spec_bytes), {{NameRole::kPerson, job.submitted_by}}},
      {LogEntryKind::kModel, job.id, LogPayload::ContentOf(model, job.layout.num_elements() * sizeof(float)), {}}};
}

absl::StatusOr<std::vector<LogDraft>> DraftsOfRound(const RoundClose& close, absl::string_view report,
                                                    bool made_model) {
  RoundPayload round;
  round.kind = static_cast<uint8_t>(close.report.kind());
  round.step = close.report.step();
  round.round = close.report.round();
  round.attempt = close.report.attempt();
  if (close.sum.has_value()) {
    round.transcript = close.sum->transcript;
    round.survivors = close.sum->survivors_hash;
  }
  ACCORD_ASSIGN_OR_RETURN(round.model, ParseHexDigest(close.model_digest));
  round.report = Sha256(report);
  round.report_bytes = report.size();
  std::vector<LogDraft> drafts = {{LogEntryKind::kRound, close.job_id, LogPayload::Bytes(round.Write()), {}}};
  if (made_model) {
    drafts.push_back({LogEntryKind::kModel, close.job_id, LogPayload::ContentOf(round.model, close.model_bytes), {}});
  }
  return drafts;
}

LogDraft DraftOfAbandoned(const std::string& job_id, absl::string_view report) {
  return {LogEntryKind::kAbandoned, job_id, LogPayload::HashOf(report), {}};
}

LogDraft DraftOfEnd(const std::string& job_id, v1::JobState state, uint32_t kept_round) {
  const JobEndedPayload ended{static_cast<uint8_t>(state), kept_round};
  return {LogEntryKind::kJobEnded, job_id, LogPayload::Bytes(ended.Write()), {}};
}

}  // namespace accord
