// How often each class occurs at a synthetic site whose rows have no features that could make it differ.
#pragma once

#include <string>
#include <vector>

#include "base/random_stream.h"
#include "cli/synthetic/synthesize.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Shares of the classes at a site: all alike without skew or statistics.
std::vector<double> DrawLabelShares(const v1::DataSchema& schema, const SyntheticOptions& options,
                                    const std::string& site, RandomStream& stream);

}  // namespace accord
