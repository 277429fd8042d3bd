// Seeking: sites have signed this step's sum over certain sites, perhaps for an earlier job, and sum it over no others;
// and the sum is the same whatever the model is. So it may be known already: then it serves again, and nobody is asked.
// Ends with the engine's answer, which is only a look into its store.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/step_schema.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

bool JobMachine::Impl::SeeksFor(const Bound& held) const {
  if (ReadsModel(program.KindOf(step)) || bound == held || sought == held) return false;
  const bool all_here =
      std::all_of(held.sites.begin(), held.sites.end(), [this](const auto& site) { return ready.contains(site); });
  return !all_here || !WhyNotBind(held).empty();
}

void JobMachine::Impl::EnterSeeking(const Bound& held, absl::Duration now, Actions& actions) {
  phase = Phase::kSeeking;
  sought = held;
  members.clear();
  patience_ends = now + limits.patience;
  plan.set_job_id(job_id);  // no attempt may have been numbered yet
  plan.set_step(step);
  plan.set_attempt(next_attempt++);  // under which it is reported
  actions.push_back(SeekSum{plan, held.sites});
}

void JobMachine::Impl::OnSumReused(const SumReused& event, absl::Duration now, Actions& actions) {
  if (phase == Phase::kSeeking && IsCurrent(event.plan)) Advance(now, actions);
}

void JobMachine::Impl::OnSumNotKept(const SumNotKept& event, Actions& actions) {
  if (phase != Phase::kSeeking || !IsCurrent(event.plan)) return;
  phase = Phase::kWaiting;
  if (sought.has_value()) Bind(*sought, actions);
}

std::string JobMachine::Impl::WhyNotBind(const Bound& held) const {
  if (bound.has_value()) return absl::StrCat("others have signed for ", absl::StrJoin(bound->sites, ", "));
  const auto may_not = std::find_if(held.sites.begin(), held.sites.end(),
                                    [this](const std::string& site) { return !MayTakePart(site); });
  if (may_not != held.sites.end()) return absl::StrCat(*may_not, " cannot take part in this job");
  if (held.sites.size() < limits.min_sites) return absl::StrCat("the job needs ", limits.min_sites, " sites");
  return "";
}

void JobMachine::Impl::Bind(const Bound& held, Actions& actions) {
  const std::string contradiction = WhyNotBind(held);
  if (contradiction.empty()) {
    bound = held;
    return;
  }
  if (recorded == held) {
    // Perhaps nobody signed: whoever did not says so once it is here.
    unmet = absl::StrCat("waits until ", absl::StrJoin(held.sites, ", "),
                         " have summed the data set's columns for another job, or enough of its sites have said that "
                         "they did not sign that sum: ",
                         contradiction, ". Nothing has been opened");
    return;
  }
  const bool of_model = ReadsModel(program.KindOf(step));
  Finish(v1::JOB_FAILED,
         absl::StrCat(
             program.Describe(step), " cannot be summed: sites have signed a sum of this ",
             of_model ? "model" : "data set's columns", " over ", absl::StrJoin(held.sites, ", "),
             " and, so that nobody can be singled out by a difference, sum it with no others; but ", contradiction,
             of_model ? ". A job that starts from other weights (another seed where they are random, another file, "
                        "random ones instead of zeros) is not bound"
                      : ", and no earlier job has left that sum for the same columns. A job whose "
                        "preprocessing.standardise is per_site needs none"),
         actions);
}

}  // namespace accord
