#include "coordinator/server/sight.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "trust/charter/viewing.h"

namespace accord {

absl::Status Sight::Check(const std::string& person, v1::Viewing::What what) {
  ACCORD_ASSIGN_OR_RETURN(const std::shared_ptr<const CharterState> state, charters_.Current());
  return state->charter == nullptr ? absl::OkStatus() : CheckMaySee(*state->charter->file->charter(), person, what);
}

absl::Status Sight::CheckOf(const std::string& job_id, const std::string& person, v1::Viewing::What what) {
  const absl::Status may = Check(person, what);
  if (!absl::IsPermissionDenied(may)) return may;
  ACCORD_ASSIGN_OR_RETURN(const bool ordered, store_.jobs().IsOrdered(job_id));
  return ordered ? may : absl::OkStatus();
}

absl::StatusOr<std::string> Sight::WhyStatusOnly(const std::string& job_id, const std::string& person) {
  const absl::Status may = CheckOf(job_id, person, v1::Viewing::REPORTS);
  if (may.ok()) return "";
  if (!absl::IsPermissionDenied(may)) return may;
  ACCORD_ASSIGN_OR_RETURN(const JobRecord job, store_.jobs().Get(job_id));
  if (job.submitted_by == person) return absl::StrCat("This is not the job's report: ", may.message(), ".");
  return absl::PermissionDeniedError(
      absl::StrCat(may.message(), "; `accord job list` shows how the jobs stand whose status one may see"));
}

v1::JobReport StatusOf(const v1::JobReport& report, const std::string& why_no_more) {
  v1::JobReport status;
  status.set_job_id(report.job_id());
  status.set_name(report.name());
  status.set_purpose(report.purpose());
  status.set_submitted_by(report.submitted_by());
  status.set_state(report.state());
  status.set_reason(report.reason());
  status.set_waiting_for(report.waiting_for());
  status.set_submitted_unix_ms(report.submitted_unix_ms());
  status.set_finished_unix_ms(report.finished_unix_ms());
  status.set_rounds_total(report.rounds_total());
  status.set_rounds_done(report.rounds_done());
  status.set_job_sha256(report.job_sha256());
  if (report.has_mandate()) *status.mutable_mandate() = report.mandate();
  if (report.has_stop()) *status.mutable_stop() = report.stop();
  *status.mutable_complaints() = report.complaints();
  status.add_notes(why_no_more);
  return status;
}

}  // namespace accord
