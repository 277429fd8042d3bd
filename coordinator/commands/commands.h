// The commands of accord-coordinator. Each returns what went wrong in words for the person who typed it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace accord {

struct InitOptions {
  std::string folder;
  std::vector<std::string> names;  // under which sites reach the coordinator
  std::string listen;
};
// Makes the folder of a new coordinator and says what to do next.
absl::Status RunInit(const InitOptions& options);

// Serves until SIGTERM or SIGINT. The port that it listens on stands in the file `port` of state_dir while it runs.
absl::Status RunCoordinator(const std::string& config_path);

struct TokenOptions {
  std::string config;
  std::string identity;  // "site/ID" or "person/ID"
  absl::Duration validity;
};
// Prints a fresh one-time token to standard output, and nothing else there. Works while the coordinator runs.
absl::Status RunToken(const TokenOptions& options);

}  // namespace accord
