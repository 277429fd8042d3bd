// Trained models as files that PyTorch reads.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "models/model.h"

namespace accord {

// TorchScript whose forward takes raw input columns (tables: in the order of InputColumns, NaN = missing) or images in
// 0..1 and answers with log-odds (two classes), one unnormalised log probability a class, or the predicted number.
// Standardisation is inside; `statistics` may be empty. Attributes `accord_job`, `accord_columns` (names of the inputs)
// and `accord_levels` (of the target, if it is a category) say what it is; `accord_stays_at_sites`, where there are
// such parameters, names those that each site has its own of, and that are here as the job began. The file is replaced
// in one step. INVALID_ARGUMENT for a drill, which has no forward, and for statistics that do not fit the columns.
absl::Status ExportTorchScript(const v1::JobSpec& spec, const v1::ColumnStatistics& statistics, Model& model,
                               const std::string& path);
// A state_dict that Python's torch.load reads, also with weights_only=True: parameters by name; for standardised tables
// also "input_mean" and "input_spread" (float64).
absl::Status ExportStateDict(const v1::ColumnStatistics& statistics, Model& model, const std::string& path);

}  // namespace accord
