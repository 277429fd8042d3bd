// What a trainer said of a data set, as lines for the operator.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/daemon/run/doctor.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// One line with the rows and, for the operator alone, how many the opt-out list left out; one for each warning; and one
// for each faulty place (line, column or file, class of the value: the trainer never reports a value), up to a limit.
void ReportData(const std::string& dataset, const absl::StatusOr<v1::DataReport>& report,
                std::vector<Finding>& findings);

}  // namespace accord
