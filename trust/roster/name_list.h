// A list of names in a message, of which a federation may have thousands.
#pragma once

#include <string>
#include <vector>

namespace accord {

// "north, south and 3 more": twenty by name at most.
std::string NameList(const std::vector<std::string>& names);

}  // namespace accord
