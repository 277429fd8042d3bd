// Tries, from inside the sandbox, what a hostile model would try.
#pragma once

#include <string>
#include <vector>

namespace accord {

// Confines itself as the warm process does and forks a process that is confined as a job's; that one tries a socket, a
// name look-up, tracing and signalling other processes, reading `forbidden_paths` and the system's own files, writing
// anywhere, starting a program or a process. Prints a line for each ("denied: ..." or "NOT DENIED: ..."); true when
// every one was denied.
bool RunSelfTest(const std::vector<std::string>& forbidden_paths, bool gpu = false);

}  // namespace accord
