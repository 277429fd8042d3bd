// A combiner's rule for people.
#pragma once

#include <string>

#include "proto/accord/v1/job.pb.h"

namespace accord {

// What becomes of the sites' changes and what that withstands, without full stop: "the median of the sites' changes ...".
std::string RuleInWords(const v1::Combiner& rule);

}  // namespace accord
