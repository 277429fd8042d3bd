// STEP_STANDARDISE at a site: counts, sums and sums of squares of its training rows, column by column.
#pragma once

#include "absl/status/status.h"
#include "client/trainer/programs/step_vector.h"
#include "models/examples.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// `train`: a table as it was read (NaN = missing). Of a site with more rows than max_rows_per_site the first ones
// count.
absl::Status FillStandardise(const v1::JobSpec& spec, const Examples& train, StepVector& vector);

}  // namespace accord
