// What each of the 256 values of a byte means, where a category is stored as bytes: labels in IDX files, pixels of
// masks.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// A byte is compared with the codes that the mapping gives for `name`, else with the levels' names where all are
// numbers, else with their positions from 0. Nothing for an undeclared one.
using ByteLevels = std::array<std::optional<int>, 256>;
ByteLevels LevelsOfBytes(const std::string& name, const v1::Category& category, const v1::DatasetMapping& mapping);

// Those of the target of a segmentation.
ByteLevels LevelsOfPixels(const v1::Target& target, const v1::DatasetMapping& mapping);

}  // namespace accord
