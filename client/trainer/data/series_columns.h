// Series in a table with a column for each measurement.
#pragma once

#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"

namespace accord {

// As LoadJobData, for a csv or sqlite mapping and a schema with `series`. The columns of a channel are CHANNEL_1 to
// CHANNEL_length; what the mapping says of CHANNEL (another name in the file, scale, offset, missing) holds for all of
// them. A measurement that is missing or outside the schema's bounds makes a bad row.
absl::StatusOr<JobData> LoadSeriesColumns(const DataRequest& request, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
