// Seeking: sites have signed this step's sum over certain sites, perhaps for an earlier job, and sum it over no others;
// and the sum is the same whatever the model is. So it may be known already: then it serves again, and nobody is asked.
// Ends with the engine's answer, which is only a look into its store.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "aggregation/programs/step_schema.h"
#include "coordinator/jobs/job_machine_impl.h"

namespace accord {

void JobMachine::Impl::EnterSeeking(const Bound& held, Actions& actions) {
  phase = Phase::kSeeking;
  sought = held;
  members.clear();
  plan.set_step(step);
  plan.set_attempt(next_attempt++);  // under which it is reported
  actions.push_back(SeekSum{plan, held.sites});
}

void JobMachine::Impl::OnSumReused(const SumReused& event, absl::Duration now, Actions& actions) {
  if (phase == Phase::kSeeking && IsCurrent(event.plan)) Advance(now, actions);
}

void JobMachine::Impl::OnSumNotKept(const SumNotKept& event, Actions& actions) {
  if (phase != Phase::kSeeking || !IsCurrent(event.plan)) return;
  phase = Phase::kWaiting;  // with the patience of the attempt that was abandoned
  Bind(*sought, actions);
}

void JobMachine::Impl::Bind(const Bound& held, Actions& actions) {
  const std::string names = absl::StrJoin(held.sites, ", ");
  const auto may_not = std::find_if(held.sites.begin(), held.sites.end(),
                                    [this](const std::string& site) { return !MayTakePart(site); });
  std::string contradiction;
  if (bound.has_value()) {
    contradiction = absl::StrCat("others have signed for ", absl::StrJoin(bound->sites, ", "));
  } else if (may_not != held.sites.end()) {
    contradiction = absl::StrCat(*may_not, " cannot take part in this job");
  } else if (held.sites.size() < limits.min_sites) {
    contradiction = absl::StrCat("the job needs ", limits.min_sites, " sites");
  }
  if (contradiction.empty()) {
    bound = held;
    return;
  }
  const bool of_model = ReadsModel(program.KindOf(step));
  Finish(v1::JOB_FAILED,
         absl::StrCat(program.Describe(step), " cannot be summed: sites have signed a sum of this ",
                      of_model ? "model" : "data set's columns", " over ", names,
                      " and, so that nobody can be singled out by a difference, sum it with no others; but ",
                      contradiction,
                      of_model ? ". A job that starts from other weights (another seed) is not bound"
                               : ", and no earlier job has left that sum for the same columns. A job whose "
                                 "preprocessing.standardise is per_site needs none"),
         actions);
}

}  // namespace accord
