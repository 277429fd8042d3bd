// The engine's side of what the federation shows this site: its roster and its log (client/daemon/federation).
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/daemon/work/site_engine.h"

namespace accord {

void SiteEngine::TakeRoster(const std::string& signed_roster) {
  if (options_.roster == nullptr || stopping_) return;
  options_.roster->Offer(signed_roster);
  TellOfRoster();
}

void SiteEngine::TakeChain(const v1::RosterChain& chain) {
  if (options_.roster == nullptr || stopping_) return;
  options_.roster->Take(chain);
  TellOfRoster();
}

void SiteEngine::TellOfRoster() {
  for (const std::string& line : options_.roster->News()) TellOperator(line);
  TellOperator(absl::StrCat("roster: ", options_.roster->InWords()));
  // It may list others than those who were asked.
  if (options_.past != nullptr && !options_.past->MayTakePart().ok()) asked_witnesses_ = false;
  AskWitnesses();
  TellReadiness();  // where a smaller one lets those be half that have answered
  std::optional<v1::RosterRequest> request = options_.roster->NextRequest();
  if (!request.has_value()) return;
  v1::SiteMessage message;
  *message.mutable_roster_request() = *std::move(request);
  session_->Send(std::move(message));
}

bool SiteEngine::RosterAllows(const v1::PlanId& plan, const std::string& job_sha256,
                              const std::vector<std::string>& cohort) {
  const absl::Status allowed = options_.roster == nullptr ? absl::OkStatus() : options_.roster->CheckCohort(cohort);
  if (allowed.ok()) return true;
  TellOperator(absl::StrCat("job ", plan.job_id(), ": refused (roster): ", allowed.message()));
  v1::Refusal refusal;
  *refusal.mutable_plan() = plan;
  refusal.set_reason(std::string(allowed.message()));  // never for good: another roster may follow, or another cohort
  Refuse(std::move(refusal), job_sha256);
  return false;
}

void SiteEngine::TakeLog(const v1::Welcome& welcome) {
  if (options_.log == nullptr) return;
  const uint64_t before = options_.log->size();
  options_.log->Greeted(welcome).IgnoreError();  // its words are among those of the log
  if (options_.log->size() != before) session_->SetHello(MakeHello());
  TellOperator(absl::StrCat("log: ", options_.log->InWords()));
}

// Also while this site is paused: the coordinator goes by what it has sent.
bool SiteEngine::MayTake(const v1::Plan& plan) {
  if (options_.log == nullptr) return true;
  const uint64_t before = options_.log->size();
  absl::Status taken = options_.log->Take(plan);
  if (taken.ok() && options_.stamps != nullptr) {
    taken = options_.stamps->Take(plan.has_log_stamp() ? &plan.log_stamp() : nullptr, plan.log_head(),
                                  *options_.log->identity());
  }
  if (options_.log->size() != before) session_->SetHello(MakeHello());
  if (!taken.ok() && !paused_) RefuseForLog(plan.id(), plan.job_sha256(), taken);
  AskAboutEnds();
  return taken.ok();
}

void SiteEngine::RefuseForLog(const v1::PlanId& plan, const std::string& job_sha256, const absl::Status& why) {
  TellOperator(absl::StrCat("job ", plan.job_id(), ": refused (log): ", why.message()));
  v1::Refusal refusal;
  *refusal.mutable_plan() = plan;
  refusal.set_reason(std::string(why.message()));
  refusal.set_permanent(absl::IsAborted(why));  // all else may be mended while the job waits
  refusal.set_log_size(options_.log->size());
  Refuse(std::move(refusal), job_sha256);
}

}  // namespace accord
