// One query on one server, from the first word to the last row.
#pragma once

#include "absl/status/status.h"
#include "client/ipc/row_stream.h"
#include "client/reader/connection.h"
#include "proto/accord/v1/trainer.pb.h"

namespace accord {

// Runs the query of `request` in a transaction that can only read and is rolled back whatever happens, and hands its
// rows to `writer`, all but the last record. The query is what a cursor is declared for, so that the server's own
// grammar takes one SELECT there and nothing else. Errors as of ServerConnection and CheckRole; INVALID_ARGUMENT: the
// query; OUT_OF_RANGE: more than `request.max_bytes`, or a row that is too long.
absl::Status RunQuery(const v1::ReadRows& request, ServerConnection& connection, RowWriter& writer);

}  // namespace accord
