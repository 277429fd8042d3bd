#include "client/daemon/work/kept_step.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "aggregation/programs/kept_state.h"
#include "base/status.h"

namespace accord {
namespace {

bool KeepsSomething(const v1::JobSpec& spec, v1::StepKind kind) {
  const Kept kept = KeptBy(spec);
  return kept != Kept::kNothing &&
         (kind == v1::STEP_TRAIN || (kind == v1::STEP_EVALUATE && kept != Kept::kControlVariate));
}

uint32_t CountedStepOf(const v1::Plan& plan, absl::string_view site) {
  const auto member = std::lower_bound(plan.cohort().begin(), plan.cohort().end(), site);
  const auto place = static_cast<int>(member - plan.cohort().begin());
  return place < plan.counted_steps_size() ? plan.counted_steps(place) : 0;
}

}  // namespace

std::optional<KeptStore::Bound> KeptBoundOf(const SitePolicy* policy) {
  if (policy == nullptr || !policy->rules().limits().has_kept_mib()) return std::nullopt;
  return KeptStore::Bound{policy->rules().limits().kept_mib() << 20, policy->Clause("limits.kept_mib")};
}

absl::StatusOr<std::optional<KeptStep>> KeptStep::Make(const KeptPlace& place, const v1::JobSpec& spec,
                                                       const v1::Plan& plan, absl::string_view site) {
  if (!KeepsSomething(spec, plan.kind())) return std::nullopt;
  if (place.store == nullptr) return absl::FailedPreconditionError("this site keeps nothing between rounds");
  ACCORD_RETURN_IF_ERROR(place.store->Reserve(plan.id().job_id(), plan.num_parameters(), place.bound));
  KeptStep step;
  step.store_ = place.store;
  step.counted_step_ = CountedStepOf(plan, site);
  step.head_.set_job_id(plan.id().job_id());
  step.head_.set_job_sha256(plan.job_sha256());
  step.head_.set_job_name(spec.name());
  step.head_.set_dataset(spec.data().name());
  step.alone_ = KeptBy(spec) == Kept::kModelAlone;
  step.first_weights_known_ = plan.round() <= 1 || !spec.model().has_start_from();
  step.head_.set_strategy(step.alone_ ? kTrainedAlone : StrategyName(spec));
  step.head_.set_next_step(plan.id().step() + 1);
  step.head_.set_round(plan.round());
  step.head_.set_num_numbers(plan.num_parameters());
  *step.head_.mutable_statistics() = plan.statistics();
  return step;
}

// What cannot be compared in one round cannot be in a later one either: less was trained than the federation got.
void KeptStep::GoOnAlone(const KeptStore::Found& found) {
  if (found.content.has_value()) {
    head_.set_alone_rounds(found.content->head.alone_rounds());
    head_.set_no_baseline(found.content->head.no_baseline());
  } else if (!found.lost.empty()) {
    head_.set_no_baseline("what was kept of earlier rounds is lost");
  } else if (head_.round() == 0) {
    head_.set_no_baseline("this site's training counted in no round");
  } else if (!first_weights_known_) {
    head_.set_no_baseline("this site joined after round 1, and the job starts from another model's weights");
  }
}

absl::Status KeptStep::Begin(ComputeRequest& request) {
  ACCORD_ASSIGN_OR_RETURN(KeptStore::Found found, store_->Find(head_, counted_step_));
  if (!found.lost.empty()) {
    const bool control = head_.strategy() == "scaffold";
    lost_ =
        absl::StrCat("job ", head_.job_name(), ": what this site kept of earlier rounds is lost (", found.lost, "). ",
                     control  ? "Its control variate begins at zero again: the job's corrections are wrong by what it "
                                "was, over the number of sites, until the job is run anew"
                     : alone_ ? "The model that it trained alone is gone: what it gains by this job cannot be told"
                              : "Its own model begins at the common one again");
  }
  if (alone_) GoOnAlone(found);
  before_ = std::move(found.content);
  ACCORD_ASSIGN_OR_RETURN(after_, SharedVector::Create(head_.num_numbers() * sizeof(float)));
  request.step.set_state_bytes(head_.num_numbers() * sizeof(float));
  request.step.set_has_state(before_.has_value());
  request.step.set_no_baseline(!head_.no_baseline().empty());
  request.kept_after_fd = after_->fd();
  request.kept_before_fd = before_.has_value() ? before_->memory.get() : -1;
  return absl::OkStatus();
}

absl::Status KeptStep::Keep(const ComputeResult& result) {
  if (!after_.has_value()) return absl::InternalError("what this site keeps was not made");
  before_.reset();
  if (head_.strategy() != "scaffold") *head_.mutable_layout() = result.layout;
  if (result.trained_alone) head_.set_alone_rounds(head_.alone_rounds() + 1);
  if (result.gain.has_value()) *head_.mutable_gain() = *result.gain;
  return store_->Keep(head_, after_->bytes());
}

}  // namespace accord
