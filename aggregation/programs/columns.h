// The input columns that a data schema yields, in order: one for a numeric feature, one for each level but the first
// for a category ("cp=asymptomatic"). Sites, coordinator and models agree on inputs through this function alone.
#pragma once

#include <string>
#include <vector>

#include "proto/accord/v1/job.pb.h"

namespace accord {

struct InputColumn {
  std::string name;
  int feature = 0;  // index into DataSchema.features
  int level = -1;   // for categories: index of the level whose 0/1 column this is; -1 for numbers
  double min = 0;   // smallest and largest value that the column can hold
  double max = 1;
};

// Empty for schemas of anything but tables.
std::vector<InputColumn> InputColumns(const v1::DataSchema& schema);

// What a model is asked for.
enum class Task { kNone, kBinary, kMulticlass, kRegression, kSurvival, kSegmentation };
Task TaskOf(const v1::JobSpec& spec);
// Classes of the target (2 for binary), of a pixel in segmentation; 1 for regression and survival, 0 for drills.
uint32_t NumClasses(const v1::JobSpec& spec);

}  // namespace accord
