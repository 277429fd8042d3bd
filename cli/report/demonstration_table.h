// The comparison "alone, federated, pooled" as a table for a terminal.
#pragma once

#include <string>

#include "cli/report/demonstration.h"

namespace accord {

// One line a hospital, then the weighted one; accuracy and AUC (regression: squared error) of each of the three models,
// "-" where there is none. Labelled as a demonstration, and as synthetic where the rows are.
std::string DemonstrationTable(const Demonstration& demonstration);

}  // namespace accord
