// Confusion matrix and subgroups out of a summed vector, as a report may show them.
#pragma once

#include <optional>

#include "aggregation/evaluation/summed_blocks.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// What the job's evaluation declares and the step's vector holds; cells below the minimum, and those from which they
// would follow, are withheld. Nothing where the step holds neither.
//
// A matrix of two classes is shown whole or not at all: rows by class and the share of right ones are known elsewhere,
// and from them and one of its cells the others follow. Of more classes, the cells of the diagonal have a known total,
// and so have the others.
std::optional<v1::MetricsDetail> DetailFromSums(const v1::JobSpec& spec, const SummedBlocks& blocks);

}  // namespace accord
