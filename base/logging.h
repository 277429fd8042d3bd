// How every Accord process writes its log: text with colours on a terminal, one JSON object a line in service.
//
// Use spdlog directly (spdlog::info("...")). Never log: keys, tokens, raw data values, anything of SecretBytes.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace accord {

struct LogSettings {
  std::string process;         // "accord-client", ...: stands in every line
  std::string level = "info";  // trace, debug, info, warn, error
  std::string file;            // empty: stderr. A file is rotated at 10 MiB, five are kept.
};

// Sets the process-wide logger; call once in main, before threads. INVALID_ARGUMENT names the levels that exist.
absl::Status StartLogging(const LogSettings& settings);

}  // namespace accord
