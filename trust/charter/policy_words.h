// A site's policy in words, for those who sign it or go by it.
#pragma once

#include <string>
#include <vector>

#include "proto/accord/v1/charter.pb.h"

namespace accord {

// What a policy says beyond the charter, a line each: everything that is written in it.
std::vector<std::string> PolicyLines(const v1::SitePolicy& rules);
// Its floors alone, as "floors.min_rows: 90".
std::vector<std::string> PolicyFloorLines(const v1::PolicyFloors& floors);

}  // namespace accord
