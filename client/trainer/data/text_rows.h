// Texts in a column of a table.
#pragma once

#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"

namespace accord {

// As LoadJobData, for a csv or sqlite mapping and a schema with `text` that is not of ids. A missing text is counted
// and its row left out; one without any token, or with more than the schema's length (unless it says cut), makes a bad
// row.
absl::StatusOr<JobData> LoadTexts(const DataRequest& request, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
