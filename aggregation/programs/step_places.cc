#include "aggregation/programs/step_places.h"

#include <algorithm>
#include <utility>

#include "aggregation/programs/step_schema.h"
#include "base/random_stream.h"

namespace accord {

std::vector<std::string> OrderOfCycle(const v1::JobSpec& spec, uint32_t cycle) {
  if (!spec.aggregation().has_cyclic()) return {};
  std::vector<std::string> order(spec.rounds().sites().begin(), spec.rounds().sites().end());
  if (spec.aggregation().cyclic().order() != v1::Cyclic::SHUFFLED) return order;
  RandomStream stream({.job_seed = spec.seed(), .site = "", .round = cycle, .use = "order-of-cycle"});
  // Fisher and Yates, from the last place to the second.
  for (size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[stream.NextBelow(left)]);
  return order;
}

uint64_t StepsOfRound(const v1::JobSpec& spec) {
  if (!spec.aggregation().has_cyclic()) return 1;
  return static_cast<uint64_t>(spec.rounds().sites_size()) + (spec.model().has_drill() ? 0 : 1);
}

StepPlaces::StepPlaces(const v1::JobSpec& spec) : num_rounds_(spec.rounds().count()) {
  const std::vector<v1::StepKind> steps = StepsOf(spec);
  first_round_ = static_cast<uint32_t>(std::find_if(steps.begin(), steps.end(), IsRound) - steps.begin());
  if (!spec.aggregation().has_cyclic()) return;
  steps_of_round_ = static_cast<uint32_t>(StepsOfRound(spec));
  num_turns_ = static_cast<uint32_t>(spec.rounds().sites_size());
  turns_.set_seed(spec.seed());
  *turns_.mutable_rounds()->mutable_sites() = spec.rounds().sites();
  *turns_.mutable_aggregation()->mutable_cyclic() = spec.aggregation().cyclic();
}

uint32_t StepPlaces::RoundOf(uint32_t step) const {
  return step < first_round_ || step >= StepAfterRounds() ? 0 : (step - first_round_) / steps_of_round_ + 1;
}

uint32_t StepPlaces::TurnOf(uint32_t step) const {
  if (num_turns_ == 0 || RoundOf(step) == 0) return 0;
  const uint32_t place = (step - first_round_) % steps_of_round_;
  return place < num_turns_ ? place + 1 : 0;
}

std::string StepPlaces::SiteOf(uint32_t step) const {
  const uint32_t turn = TurnOf(step);
  return turn == 0 ? "" : OrderOfCycle(turns_, RoundOf(step))[turn - 1];
}

uint32_t StepPlaces::RoundsDone(uint32_t step) const {
  return step <= first_round_ ? 0 : std::min((step - first_round_) / steps_of_round_, num_rounds_);
}

}  // namespace accord
