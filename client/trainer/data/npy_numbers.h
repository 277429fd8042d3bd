// Series and token ids in a NumPy array, with a label table.
#pragma once

#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/job_data.h"

namespace accord {

// As LoadJobData, for a mapping with `npy` and no header and a schema with `series` or with `text` of ids.
//
// Series: (rows, channels, length), or (rows, length) of one channel; the model gets scale * number + offset, and a row
// with one that is not finite or outside the schema's bounds is bad. Ids: (rows, length) of whole numbers from 0 (no
// token) to the vocabulary; a row without any token is bad, as is one with another number.
absl::StatusOr<JobData> LoadNpyNumbers(const DataRequest& request, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
