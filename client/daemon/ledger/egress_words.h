// The ledger of what left, in words for people who answer for the rows.
#pragma once

#include <string>
#include <vector>

#include "proto/accord/v1/egress.pb.h"

namespace accord {

// One sentence without its end: "masked vector of training round 2 ...".
std::string EgressInWords(const v1::EgressEntry& entry);

// What a vector holds, a line for each block: "27 numbers: the change of each model parameter ...".
std::vector<std::string> ContentsInWords(const v1::EgressUpload& upload);

// False for what was only asked of this site, and for the daemon's start.
bool HasLeft(const v1::EgressEntry& entry);

}  // namespace accord
