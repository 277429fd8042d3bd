// `accord-client run`: the daemon from its config file to the signal that stops it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/daemon/training/trainer_host.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// Blocks until SIGTERM or SIGINT, then ends everything that runs and returns OK. Fails before anything is started when
// the config, the certificate or a mapping is not usable, or another daemon runs with the same state folder. To be
// called once, from the main thread, before there are others (signals are blocked for all).
absl::Status RunDaemon(const std::string& config_path);

// The trainers that the config describes. `trainer` defaults to accord-trainer beside this program.
absl::StatusOr<std::unique_ptr<TrainerHost>> MakeTrainerHost(const v1::SiteConfig& config);

}  // namespace accord
