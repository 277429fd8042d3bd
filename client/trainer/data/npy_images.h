// Images in a NumPy array, with a label table.
#pragma once

#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"

namespace accord {

// As LoadJobData, for a mapping with `npy` and no header and a schema with `image`. An array of (rows, height, width),
// or (rows, channels, height, width). Bytes become 0 to 1 as in every image; other numbers are handed to the model as
// scale * number + offset says, and one that is not finite is a bad row.
absl::StatusOr<JobData> LoadNpyImages(const DataRequest& request, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
