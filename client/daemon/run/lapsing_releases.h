// Releases of this site that do not hold under a charter: each is signed under one, and an amendment is another.
#pragma once

#include <string>
#include <vector>

#include "client/daemon/run/doctor.h"
#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/site.pb.h"
#include "trust/charter/charter.h"
#include "trust/roster/roster.h"

namespace accord {

// A sentence for each data set of which a release was taken here and none would hold if `charter` were the one that is
// pinned, by the owner's signature and not by the clock. What was taken ahead (accord-client release take --charter)
// counts.
std::vector<std::string> LapsingReleases(const StateFolder& folder, const Charter& charter, const Roster& roster);

// What is said of them where a charter is looked at or pinned; empty: there are none.
std::string LapsingInWords(const std::vector<std::string>& lapsing);

// What `accord-client check` has to say: a fault for each data set that no release lets be read, which waits for its
// owner. Nothing where no release was taken here.
std::vector<Finding> ExamineReleases(const v1::SiteConfig& config);

}  // namespace accord
