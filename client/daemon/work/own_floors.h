// What this site's own config refuses of a job in any case, whatever plan the coordinator brings: told to those who
// look at the job or approve it, before the coordinator is refused. The daemon itself asks anew with each plan
// (admission.h, aggregation/secure/site/plan_check.h), where the floors count of the plan's cohort.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/roster/roster.h"

namespace accord {

// A sentence each, with the line of the config that would let it; none: no plan is refused for sure. `roster`: whose
// sites alone can take part; nullptr: not known. Of a job that ApplyDefaults completed.
std::vector<std::string> RefusedByConfig(const v1::JobSpec& spec, const v1::SiteConfig& config, const Roster* roster);

// The same of every job with secure sums, for who looks at no job: a roster that has too few sites or organisations for
// the floors.
std::vector<std::string> RosterBelowFloors(const v1::Floors& floors, const Roster& roster);

// "at least 3 sites of 3 organisations, sums that bear 1 colluding organisation; of two sites never; plain sums never".
std::string OwnFloorsInWords(const v1::Floors& floors);

}  // namespace accord
