// What accord-signer does: answers one daemon's requests with the key of one token.
//
// Nobody else can reach it: its only channel is the socket pair that it was started with, and it ends with that or with
// its parent. Log lines go to standard error, which the daemon takes into its log; they hold no PIN.
#pragma once

#include "absl/status/status.h"
#include "client/ipc/channel.h"

namespace accord {

// Answers requests in order until the other end is gone; then OK.
absl::Status ServeSignatures(IpcChannel& channel);

}  // namespace accord
