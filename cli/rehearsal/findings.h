// What a submitter should know before the real job, from a rehearsal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/rehearsal/plan.h"
#include "cli/rehearsal/rehearsal.h"

namespace accord {

// One sentence each, the plan's own first: columns that are constant and classes that are missing at a site, updates
// that were clipped, rounds that were tried again, sites that were left out, limits that came near.
std::vector<std::string> WarningsOfRehearsal(const RehearsalPlan& plan, const RehearsalResult& result);

// Of the finished training rounds (newton: iterations).
struct RoundTimes {
  uint64_t rounds = 0;
  double median_ms = 0;
  double slowest_ms = 0;
};
RoundTimes TimesOfRounds(const v1::JobReport& report);
// What one site sends over the whole job: all finished rounds, also those that standardise and evaluate.
uint64_t BytesSentPerSite(const v1::JobReport& report);

}  // namespace accord
