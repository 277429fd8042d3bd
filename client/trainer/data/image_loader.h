// Images with labels as examples.
#pragma once

#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"

namespace accord {

// As LoadJobData, for a mapping with `idx` and a schema with `image`. The images of an idx4 file are (channels, height,
// width). A label is the number of a level, compared with the codes that the mapping gives for the target, else with
// the levels' names where all are numbers, else with their positions from 0.
absl::StatusOr<JobData> LoadImages(const DataRequest& request, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
