// What the subcommands of `accord-client` do, apart from reading the command line.
#pragma once

#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proto/accord/v1/control.pb.h"
#include "trust/identity/invitation.h"

namespace accord {

struct EnrolOptions {
  std::string config_path;
  std::string coordinator;  // empty: the config's, or the invitation's
  InvitationSource invitation;
  bool force = false;
  std::vector<std::string> data;  // of a config that is written: "NAME=MAPPING"
  bool allow_two_sites = false;   // likewise
};
// Enrols this site and says so on `out`. Where there is no config at `config_path` yet, writes one: complete where
// `data` names what this site releases, else to start from. A fault in what it would write leaves the token unused.
absl::Status EnrolSite(const EnrolOptions& options, std::istream& in, std::ostream& out);

// Sends one request to the site's running daemon and prints its status, in words or as JSON.
absl::Status TellDaemon(const std::string& config_path, const v1::ControlRequest& request, bool json,
                        std::ostream& out);

}  // namespace accord
