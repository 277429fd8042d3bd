// What a database server says went wrong, in our own words.
//
// A server's messages quote values ("invalid input syntax for type integer: ..."), and so do their details, hints and
// contexts: none of them is ever passed on. What is told is the SQLSTATE (five characters), its meaning in our words,
// and which character of the query the server means. A function of the database can choose the first, and a server
// both: these words are for the site's operator, and leave the site no more than the trainer's do
// (client/daemon/training/confined_words.h).
#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"

namespace accord {

// Where the site's query is in a statement, in characters. One without it has the default.
struct QueryPlace {
  size_t begin = SIZE_MAX;
  size_t end = 0;
};

// Of a statement that failed. A place that the server says lies outside the query is not told. UNAVAILABLE: trying
// again can help; RESOURCE_EXHAUSTED: a row that is too large for the reader; PERMISSION_DENIED; INVALID_ARGUMENT: the
// query cannot be run as it is.
absl::Status ServerError(const PGconn* connection, const PGresult* result, const QueryPlace& query = {});

// Of a connection that was not made, before the server took any statement. PERMISSION_DENIED: user, password or
// certificate are refused, by one side or the other; UNAVAILABLE otherwise.
absl::Status ConnectionError(const PGconn* connection);

}  // namespace accord
