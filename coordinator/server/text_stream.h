// Sends a text in chunks to whoever asked for it, once somebody has made it on another thread: a provenance, the log.
#pragma once

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/server_callback.h"
#include "proto/accord/v1/operations.pb.h"

namespace accord {

// Has the text made and `done` called with it, once, on any thread. `is_wanted`: whether anybody still waits.
using AskForText = absl::AnyInvocable<void(absl::AnyInvocable<bool()> is_wanted,
                                           absl::AnyInvocable<void(absl::StatusOr<std::string>)> done)>;

// The stream manages its own life; it ends only behind `done`.
grpc::ServerWriteReactor<v1::Chunk>* NewTextStream(AskForText ask);

}  // namespace accord
