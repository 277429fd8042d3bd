// What a database server says went wrong, in our own words.
//
// A server's messages quote values ("invalid input syntax for type integer: ..."), and so do their details, hints and
// contexts: none of them is ever passed on. What is told is the SQLSTATE (five characters), its meaning in our words,
// and which character of the query the server means.
#pragma once

#include <libpq-fe.h>

#include <cstddef>

#include "absl/status/status.h"

namespace accord {

// Of a statement that failed. `query_at`: how many characters were put in front of the site's query, SIZE_MAX where it
// is not part of the statement. UNAVAILABLE: trying again can help; RESOURCE_EXHAUSTED: a row that is too large for the
// reader; PERMISSION_DENIED; INVALID_ARGUMENT: the query cannot be run as it is.
absl::Status ServerError(const PGconn* connection, const PGresult* result, size_t query_at);

// Of a connection that was not made, before the server took any statement. PERMISSION_DENIED: user, password or
// certificate are refused, by one side or the other; UNAVAILABLE otherwise.
absl::Status ConnectionError(const PGconn* connection);

}  // namespace accord
