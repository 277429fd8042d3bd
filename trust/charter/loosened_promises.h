// What an amendment makes weaker of times and of what members promise each other: when work is done, who sees what, how
// long things are kept, service, and who may loosen. Part of LoosenedBy (charter_words.h).
#pragma once

#include <string>
#include <vector>

#include "proto/accord/v1/charter.pb.h"

namespace accord {

// A sentence for each.
std::vector<std::string> LoosenedPromises(const v1::Charter& before, const v1::Charter& after);

// As it is written in a charter: "reports".
std::string ViewingName(v1::Viewing::What what);

}  // namespace accord
