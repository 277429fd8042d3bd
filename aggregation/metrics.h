// Global metrics from a round's summed vector: losses, accuracy, AUC. No site's own value can be read from them.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "aggregation/ring/ring_sums.h"
#include "aggregation/ring/vector_schema.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/report.pb.h"

namespace accord {

// `schema`: of a TRAIN or EVALUATE step; `sums`: the whole summed vector of `num_sites` sites. A metric whose count is
// zero (or impossible, because a site sent a wrong vector) is left unset, and so is what the job's minimum cell
// withholds (`withheld` says so). INVALID_ARGUMENT when the sizes differ, or the rings.
absl::StatusOr<v1::Metrics> MetricsFromSums(const v1::JobSpec& spec, const VectorSchema& schema, RingSums sums,
                                            uint32_t num_sites);

// Area under the ROC curve from score histograms of equal bins, lowest scores first: the probability that a positive
// scores above a negative, where a pair within one bin counts half (Hanley and McNeil 1982). Negative sums count as 0.
// NaN without a positive or without a negative. The spans must have the same size.
double AucFromHistograms(RingSums negatives, RingSums positives);

}  // namespace accord
