// What several job commands share: printing a message as JSON, and following a job to its end.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "cli/commands/command_tree.h"
#include "cli/operations/client.h"
#include "google/protobuf/message.h"

namespace accord {

absl::StatusOr<ExitCode> PrintJson(const google::protobuf::Message& message, CliEnvironment& environment);

// Shows every change; with --json one report a line. kExitJobNotDone when the job failed or was cancelled.
absl::StatusOr<ExitCode> WatchUntilDone(OperationsClient& client, CommandTree& tree, const std::string& job_id);

}  // namespace accord
