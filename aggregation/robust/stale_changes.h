// FedBuff's mean of changes that were made from models of different ages (Nguyen et al. 2022, algorithm 1): of K
// changes d_i, by models that are t_i rounds older than the one that they are added to, the sum of d_i / sqrt(1 + t_i),
// divided by K. A change of an old model pulls the mean towards nothing, not towards the others. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "aggregation/robust/robust_combination.h"
#include "aggregation/robust/site_changes.h"

namespace accord {

// `staleness`: t of each site; K are those of `changes`, which outlives the combination. INVALID_ARGUMENT: of one of
// them it is not known.
absl::StatusOr<RobustCombination> CombineByStaleness(const SiteChanges& changes,
                                                     const std::map<std::string, uint32_t>& staleness);

}  // namespace accord
