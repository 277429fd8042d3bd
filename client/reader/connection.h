// A connection to one PostgreSQL server, by libpq and without ever waiting longer than was said.
//
// libpq itself and not SOCI, which keeps the connection's string with the password in memory, reads a result whole, and
// takes every :name in a query for a parameter.
//
// Adversary: the server, or who stands in its place. It may stall, end midway and say anything; what it says is never
// passed on (server_error.h), and its notices are dropped.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/reader/server_error.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ServerResult = std::unique_ptr<PGresult, ClearResult>;

// Movable; not thread-safe.
class ServerConnection {
 public:
  // Reads the password's file, checks the server's certificate as `source.tls` says, and logs in. Across a network the
  // password is never sent: the server must take SCRAM with channel binding. `patience`: how long
  // all may take until Renew. FAILED_PRECONDITION: the password's file is not as it must be; else as ConnectionError;
  // UNAVAILABLE: it took longer.
  static absl::StatusOr<ServerConnection> Open(const v1::PostgresqlSource& source, absl::Duration patience);

  // A new span of patience begins.
  void Renew() { deadline_ = absl::Now() + patience_; }

  // One statement, over the extended protocol: the server refuses a second one behind it. `query_at`: how many
  // characters of it stand in front of the site's query, which goes to its end; SIZE_MAX where it is not part of it.
  // The last result.
  absl::StatusOr<ServerResult> Execute(const std::string& statement, size_t query_at = SIZE_MAX);
  // What the columns of an open cursor are.
  absl::StatusOr<ServerResult> Describe(const std::string& cursor);
  // Each row of a statement's result by itself, of which one is in memory. Returns how many there were. Ends at once
  // with an error of `on_row`.
  absl::StatusOr<uint64_t> ForEachRow(const std::string& statement,
                                      absl::FunctionRef<absl::Status(const PGresult* row)> on_row);

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  ServerConnection(PGconn* connection, absl::Duration patience) : connection_(connection), patience_(patience) {
    Renew();
  }
  absl::Status LogIn();
  // Waits until the server's socket can be read, or written to where `writing`.
  absl::Status Wait(bool writing) const;
  absl::Status SendAll();
  // The next result of what was sent; null behind the last one.
  absl::StatusOr<ServerResult> Next(const QueryPlace& query);
  absl::StatusOr<ServerResult> Last(const QueryPlace& query);

  std::unique_ptr<PGconn, Finish> connection_;
  absl::Duration patience_;
  absl::Time deadline_;
};

}  // namespace accord
