// The `accord` command from its arguments to its exit code.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"

namespace accord {

// `arguments` without the program's name. Results go to environment.out, faults to environment.err (with --json a fault
// is also an object {"error", "code"} on environment.out). Never throws.
ExitCode RunCli(std::vector<std::string> arguments, CliEnvironment& environment);

}  // namespace accord
