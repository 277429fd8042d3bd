#include "aggregation/robust/stale_changes.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace accord {

absl::StatusOr<RobustCombination> CombineByStaleness(const SiteChanges& changes,
                                                     const std::map<std::string, uint32_t>& staleness) {
  const auto num_changes = static_cast<double>(changes.sites().size());
  std::vector<double> weights;
  uint32_t oldest = 0;
  for (const SiteChanges::Site& site : changes.sites()) {
    const auto age = staleness.find(site.name);
    if (age == staleness.end()) {
      return absl::InvalidArgumentError(absl::StrCat("it is not known how old the model of ", site.name, " is"));
    }
    oldest = std::max(oldest, age->second);
    weights.push_back(1 / std::sqrt(1.0 + age->second) / num_changes);
  }
  std::string words = absl::StrCat("FedBuff: the mean of ", changes.sites().size(),
                                   changes.sites().size() == 1 ? " change" : " changes");
  if (oldest > 0) {
    absl::StrAppend(&words, ", by models up to ", oldest, oldest == 1 ? " round" : " rounds", " out of date");
  }
  return RobustCombination::OfWeights(changes, std::move(weights), std::move(words));
}

}  // namespace accord
