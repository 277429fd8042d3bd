// What the subcommands of `accord-client` do, apart from reading the command line.
#pragma once

#include <istream>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "proto/accord/v1/control.pb.h"

namespace accord {

struct EnrolOptions {
  ~EnrolOptions();  // wipes the token
  std::string config_path;
  std::string coordinator;  // empty: the config's
  std::string token;        // its text, or "-" for standard input
  std::string token_file;
  bool force = false;
};
// Enrols this site and says so on `out`. Where there is no config at `config_path` yet, writes one to start from.
absl::Status EnrolSite(const EnrolOptions& options, std::istream& in, std::ostream& out);

// Sends one request to the site's running daemon and prints its status, in words or as JSON.
absl::Status TellDaemon(const std::string& config_path, const v1::ControlRequest& request, bool json,
                        std::ostream& out);

}  // namespace accord
