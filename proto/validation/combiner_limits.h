// How many sites the rules need that combine sites' changes: one set of numbers for whoever checks a job and whoever
// computes with it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "proto/accord/v1/job.pb.h"

namespace accord {

// Krum and Bulyan compare each site with each other one, and all uploads of a round lie on the disk together.
inline constexpr uint32_t kMostCombinedSites = 1000;

// f: the sites of a round that the rule is told to withstand; 0 where it withstands any minority.
inline uint32_t HostileSitesOf(const v1::Combiner& rule) {
  switch (rule.kind_case()) {
    case v1::Combiner::kTrimmedMean:
      return rule.trimmed_mean().hostile_sites();
    case v1::Combiner::kKrum:
      return rule.krum().hostile_sites();
    case v1::Combiner::kMultiKrum:
      return rule.multi_krum().hostile_sites();
    case v1::Combiner::kBulyan:
      return rule.bulyan().hostile_sites();
    default:
      return 0;
  }
}

// The fewest sites whose changes the rule can combine.
// * median, geometric median: of two, neither tells which is the odd one.
// * trimmed mean (Yin et al. 2018, definition 2): something must be left, n > 2f.
// * Krum (Blanchard et al. 2017, proposition 2): 2f + 2 < n, and for m sites n - f - 2 >= m.
// * Bulyan (El Mhamdi et al. 2018, section 4): n >= 4f + 3.
inline uint32_t LeastCombinedSites(const v1::Combiner& rule) {
  const uint32_t f = HostileSitesOf(rule);
  switch (rule.kind_case()) {
    case v1::Combiner::kTrimmedMean:
      return 2 * f + 1;
    case v1::Combiner::kKrum:
      return 2 * f + 3;
    case v1::Combiner::kMultiKrum:
      return std::max(2 * f + 3, f + 2 + rule.multi_krum().kept_sites());
    case v1::Combiner::kBulyan:
      return 4 * f + 3;
    case v1::Combiner::kNormBound:
      return 1;
    default:
      return 3;
  }
}

}  // namespace accord
