// What `accord-client check` has to say of the federation's log.
#pragma once

#include "client/daemon/run/doctor.h"
#include "proto/accord/v1/site.pb.h"
#include "proto/accord/v1/wire.pb.h"

namespace accord {

// `greeting`: of the coordinator just now, to a hello with the size of KeptLog; null where it was not asked. Keeps
// nothing. Fine: plans are taken, as far as it is the log's. A warning where the log is only the one that was shown
// first.
Finding ExamineLog(const v1::SiteConfig& config, const v1::Welcome* greeting);

}  // namespace accord
