// The site's own policy.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "trust/charter/judged_case.h"
#include "trust/charter/utc_time.h"
#include "trust/charter/week_hours.h"

namespace accord {
namespace {

template <typename List, typename Item>
bool HasItem(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

void JudgeWhoAndWhat(JudgedCase& judged) {
  const SitePolicy& policy = *judged.policy;
  const v1::SitePolicy& rules = policy.rules();
  const v1::ReleasedDataSet* released = policy.FindDataSet(judged.order.data_set);
  if (!judged.order.data_set.empty() && released == nullptr) {
    judged.Refuse(absl::StrCat(policy.Clause("data_sets"), " does not release ", judged.order.data_set));
  } else if (released != nullptr && !HasItem(released->purposes(), judged.order.purpose)) {
    judged.Refuse(absl::StrCat(policy.Clause("data_sets"), " does not release ", judged.order.data_set,
                               " for the purpose ", judged.order.purpose));
  }
  if (!rules.people().empty() && !HasItem(rules.people(), judged.engineer->id())) {
    judged.Refuse(absl::StrCat(policy.Clause("people"), " does not take jobs of ", judged.engineer->id()));
  }
  if (!rules.organisations().empty() && !HasItem(rules.organisations(), judged.engineer->organisation())) {
    judged.Refuse(
        absl::StrCat(policy.Clause("organisations"), " does not take jobs of ", judged.engineer->organisation()));
  }
  const v1::Purpose* purpose = judged.charter().FindPurpose(judged.order.purpose);
  if (purpose == nullptr) return;
  for (const int tag : rules.refused_tags()) {
    if (HasTag(*purpose, static_cast<v1::Tag>(tag))) {
      judged.Refuse(absl::StrCat(policy.Clause("refused_tags"), " refuses jobs for ",
                                 TagName(static_cast<v1::Tag>(tag)), ", and ", purpose->name(), " is for that"));
    }
  }
}

void JudgeOwnFloors(JudgedCase& judged) {
  const v1::PolicyFloors& own = judged.policy->rules().floors();
  const v1::JobSpec& spec = *judged.spec;
  const auto at_least = [&](bool written, uint32_t least, uint32_t value, absl::string_view what,
                            absl::string_view field) {
    if (!written || value >= least) return;
    judged.Refuse(absl::StrCat("the job's ", what, " is ", value, ", and ",
                               judged.policy->Clause(absl::StrCat("floors.", field)), " is ", least));
  };
  at_least(own.has_min_sites(), own.min_sites(), spec.rounds().min_sites(), "rounds.min_sites", "min_sites");
  if (!spec.aggregation().plain_sum()) {
    at_least(own.has_min_colluding_organisations(), own.min_colluding_organisations(),
             spec.aggregation().secure_sum().colluding_organisations(),
             "aggregation.secure_sum.colluding_organisations", "min_colluding_organisations");
  } else if (own.secure_sum()) {
    judged.Refuse(absl::StrCat("the job's aggregation.plain_sum lets the coordinator read each site's numbers, and ",
                               judged.policy->Clause("floors.secure_sum"), " is true"));
  }
  if (spec.has_evaluation()) {
    at_least(own.has_minimum_cell(), own.minimum_cell(), spec.evaluation().minimum_cell(), "evaluation.minimum_cell",
             "minimum_cell");
  }
  if (own.has_privacy() && spec.has_data()) {
    judged.Refuse(absl::StrCat(judged.policy->Clause("floors.privacy"),
                               " demands differential privacy, and the job promises none"));
  }
}

}  // namespace

void JudgePolicy(JudgedCase& judged) {
  const SitePolicy& policy = *judged.policy;
  if (policy.charter_hash() != judged.charter().hash()) {
    return judged.Refuse("this site's policy was checked against another charter than this one; check it again");
  }
  JudgeWhoAndWhat(judged);
  if (!IsOpen(policy.rules().hours(), judged.now, policy.zone())) {
    judged.Wait(absl::StrCat(policy.Clause("hours"), " close at ", FormatUtc(judged.now)));
  }
  if (judged.spec == nullptr) return;
  JudgeOwnFloors(judged);
  for (std::string& beyond : policy.BeyondLimits(judged.spec->compute())) judged.Refuse(std::move(beyond));
}

}  // namespace accord
