// Does a data schema hold together? For this folder's own sources.
#pragma once

#include <string>

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Adds a fault where features and image exclude each other, names or levels come twice, or a range is empty.
void CheckDataSchema(const v1::DataSchema& data, const std::string& path, FaultList& faults);

}  // namespace accord
