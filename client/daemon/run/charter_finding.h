// What `accord-client check` has to say of the charter and of this site's policy.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "client/daemon/run/doctor.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// Fine: jobs are judged by a charter that is in force, or none is pinned and none is demanded. A warning shortly before
// the charter's end.
Finding ExamineCharterOf(const v1::SiteConfig& config, absl::Time now);

// A fault where a daemon runs that goes by other rules than the config says now; nullopt: none does.
std::optional<Finding> ExamineRunningRules(const v1::SiteConfig& config);

}  // namespace accord
