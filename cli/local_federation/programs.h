// Where the programs of a local federation are.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace accord {

struct Programs {
  std::string coordinator;
  std::string client;
  std::string trainer;
  std::string simulator = "";  // empty: not looked for
};

// All of one folder, without looking whether they are there.
Programs ProgramsIn(const std::string& folder);

// Each beside the running program, else in the folders of PATH. NOT_FOUND names all that are missing, and what to do.
// The simulator is looked for where `with_simulator`.
absl::StatusOr<Programs> FindPrograms(bool with_simulator = false);
// The same with the two places given; `path` as in PATH.
absl::StatusOr<Programs> FindPrograms(const std::string& own_folder, const std::string& path,
                                      bool with_simulator = false);

}  // namespace accord
