// What a job measures and how it chooses a round; for this folder's own sources.
#pragma once

#include <string>

#include "base/config/faults.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/validation/load_config.h"

namespace accord {

inline constexpr uint32_t kDefaultMinimumCell = 10;
inline constexpr uint32_t kDefaultCalibrationBins = 10;
// A matrix of so many classes has 4,096 cells.
inline constexpr uint32_t kMostMatrixClasses = 64;
// Each cell of two classes is 133 numbers of every sum that it is in.
inline constexpr uint32_t kMostSubgroupCells = 256;

void ApplyEvaluationDefaults(v1::JobSpec& spec, const FieldPlaces* places);

// Empty: the job measures the metric. Else why it does not, in words behind the field's name.
std::string WhyNotMeasured(const v1::JobSpec& spec, v1::Evaluation::Metric metric);

// Adds a fault where `evaluation` contradicts the rest of the job. A job without it (of before there was one) measures
// what it always did.
void CheckEvaluation(const v1::JobSpec& spec, FaultList& faults);

}  // namespace accord
