// Whether the daemon that runs goes by what the config says now: it read the config when it was started, and a command
// that reads the file alone would call well what the daemon refuses.
#pragma once

#include <optional>
#include <string>

#include "client/daemon/state/state_folder.h"
#include "proto/accord/v1/control.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// What it says of itself, over its control socket; nullopt: none runs, or it does not answer within some seconds.
std::optional<v1::DaemonStatus> RunningDaemon(const StateFolder& folder);

// Why it goes by another policy than `config` names, or lets no job run although what `config` names holds
// (`rules_hold`), and what to do. Empty: neither, or it is of a version that does not say. One line.
std::string WhyDaemonDiffers(const v1::SiteConfig& config, const v1::DaemonStatus& daemon, bool rules_hold);
// The same of the daemon that runs; empty too where none does. For commands that know that the rules hold.
std::string WhyRunningDaemonDiffers(const v1::SiteConfig& config);

}  // namespace accord
