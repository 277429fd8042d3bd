// What `accord-client check` has to say of the token that this site signs with.
#pragma once

#include <vector>

#include "client/daemon/run/doctor.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// None without `signing_token` in the config. Opens the token as the daemon does, beside one that runs; before
// enrolment too, where it is worth knowing that the token is well.
std::vector<Finding> ExamineToken(const v1::SiteConfig& config);

}  // namespace accord
