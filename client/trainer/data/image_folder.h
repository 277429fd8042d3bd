// Images in PNG and JPEG files, named by a label table.
#pragma once

#include <cstdint>

#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/folder_files.h"
#include "client/trainer/data/job_data.h"

namespace accord {

// More would be no image of the largest size that a schema can have.
inline constexpr uint64_t kMaxImageFileBytes = uint64_t{128} << 20;

// As LoadJobData, for a mapping with `image_folder` and a schema with `image`. An image that cannot be used is a bad
// row of the label table, told with its file; so is a mask, where the schema asks for masks. 16 bits a sample are taken
// where the mapping says so; all are then numbers from 0 to 1.
absl::StatusOr<JobData> LoadImageFolder(const DataRequest& request, DataFaults& faults, v1::DataReport& report);

}  // namespace accord
