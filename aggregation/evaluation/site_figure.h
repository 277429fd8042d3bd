// What one site's held-out rows say of a model, as one number. For the site alone: it never leaves it.
#pragma once

#include <optional>

#include "aggregation/evaluation/evaluation_sums.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// In the definitions of aggregation/metrics.h. Nothing without held-out rows, without the class that the metric needs,
// and for CALIBRATION_ERROR, of which few rows say nothing.
std::optional<double> SiteFigure(v1::Evaluation::Metric metric, const v1::JobSpec& spec, const EvaluationSums& sums);

}  // namespace accord
