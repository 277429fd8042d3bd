// What `accord-client check` has to say of the roster that this site goes by.
#pragma once

#include <string>

#include "client/daemon/run/doctor.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// `published`: the signed roster that the coordinator sent just now (empty: it has none), or null where it was not
// asked; then the one that it sent a running daemon last counts. Fine: secure jobs can run here. A warning before the
// first roster: until then only plain sums can.
Finding ExamineRoster(const v1::SiteConfig& config, const std::string* published);

}  // namespace accord
