// What a job's report may show of how sites gain by the federation.
#pragma once

#include <cstdint>

namespace accord {

// Sites of one bin that is shown, of which there are at least two: no site's gain can be told from its bin.
inline constexpr uint32_t kFewestSitesOfABin = 3;

}  // namespace accord
