// What `accord-client check` has to say of this site's own floors, as its config has them.
#pragma once

#include <string>
#include <vector>

#include "client/daemon/run/doctor.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// A fault for each reason for which this site would refuse the job of the file in any case; without a file (empty) a
// warning for each floor that the pinned roster is too small for. None: there is nothing to say, or no roster is pinned
// and the job's file cannot be read, of which others tell.
std::vector<Finding> ExamineFloors(const v1::SiteConfig& config, const std::string& job_path);

}  // namespace accord
