// What `accord-client check` has to say of the place for tables that are larger than memory.
#pragma once

#include "client/daemon/run/doctor.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// Makes a scratch file as the daemon does for a job, and lets it go. A warning where none can be made: tables that fit
// in memory train all the same.
Finding ExamineScratch(const v1::SiteConfig& config);

}  // namespace accord
