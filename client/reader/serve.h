// A reader's whole life: one request, one server, one query.
#pragma once

#include "absl/status/status.h"
#include "client/ipc/channel.h"

namespace accord {

// Takes one ReadRows and writes its rows, or why there are none, to the descriptor that came with it. What went wrong
// is in the stream too; the status is for the log. INVALID_ARGUMENT when the request itself is none.
absl::Status ServeRows(IpcChannel& channel);

}  // namespace accord
