// Steps and the blocks of their vectors in words: the same sentences before a job runs, in its report, and in a site's
// ledger of what left it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// "standardisation", "training", "iteration", "evaluation".
std::string StepInWords(v1::StepKind kind);

// What the numbers of a block mean ("how many training rows the site used"); its name where this version knows none.
std::string BlockInWords(absl::string_view block);

}  // namespace accord
