// What `accord audit verify` says about the time stamps of a log, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "trust/timestamp/stamped_log.h"

namespace accord {

// Lines, each with its LF: of each stamped head when it was stamped, and by whom. Of very many those at both ends.
std::string StampsInWords(const StampedLog& stamped);

nlohmann::json ToJson(const StampedLog& stamped);

}  // namespace accord
