// The engine's side of what people decide about jobs: orders, approvals and stops
// (client/daemon/governance/job_gate.h).
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/daemon/work/admission.h"
#include "client/daemon/work/site_engine.h"

namespace accord {

void SiteEngine::OrdersChanged() {
  queue_->RunAndWait([this] {
    if (options_.gate == nullptr) return;
    for (const std::string& job_id : options_.gate->BroughtJobs()) {
      TellOperator(options_.gate->LookAgain(job_id));
      Answer(job_id);
    }
    DropStopped();
    SayThatItMayBeAsked();
  });
}

// The coordinator asks again after a pause of its own, which may be minutes.
void SiteEngine::SayThatItMayBeAsked() {
  if (!waited_ || paused_ || stopping_ || channel_ == nullptr) return;
  waited_ = false;
  v1::SiteMessage message;
  *message.mutable_readiness() = MakeHello().readiness();
  session_->Send(std::move(message));
}

// Also while this site is paused: people read and decide meanwhile.
void SiteEngine::TakePapers(const v1::JobPapers& papers) {
  if (options_.gate == nullptr || stopping_) return;
  TellOperator(options_.gate->Take(papers));
  DropStopped();
  Answer(papers.job_id());
}

// What an ombudsman stopped ends in the middle of whatever it does: the trainer is killed, an upload breaks off.
void SiteEngine::DropStopped() {
  std::vector<std::string> stopped;
  for (const auto& [job_id, job] : jobs_) {
    const std::optional<std::string> why = options_.gate->WhyStopped(job_id);
    if (!why.has_value()) continue;
    TellOperator(absl::StrCat("job ", job_id, ": ", *why));
    job.work->Refuse(*why);
    stopped.push_back(job_id);
  }
  for (const std::string& job_id : stopped) EraseJob(job_id);
}

void SiteEngine::Answer(const std::string& job_id) {
  if (paused_ || stopping_ || channel_ == nullptr) return;
  if (const std::string job = options_.gate->JobToFetch(job_id); !job.empty()) fetch_->Ask(job, channel_);
  std::optional<v1::SiteApproval> word = options_.gate->NewOwnWord(job_id);
  if (!word.has_value()) return;
  v1::SiteMessage message;
  *message.mutable_site_approval() = *std::move(word);
  session_->Send(std::move(message));
}

bool SiteEngine::IsPermitted(const v1::PlanId& plan, const absl::StatusOr<JobPermit>& permit) {
  if (permit.ok()) return true;
  TellOperator(absl::StrCat("job ", plan.job_id(), ": refused (charter): ", options_.gate->RefusedInFull()));
  v1::SiteMessage message;
  *message.mutable_refusal() = RefusalOf(permit.status());
  *message.mutable_refusal()->mutable_plan() = plan;
  waited_ = waited_ || message.refusal().waits();
  session_->Send(std::move(message));
  return false;
}

}  // namespace accord
