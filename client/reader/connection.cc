#include "client/reader/connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/private_file.h"
#include "base/secret.h"
#include "base/status.h"
#include "client/reader/server_error.h"

namespace accord {
namespace {

constexpr size_t kMaxPasswordBytes = 1024;
constexpr int kKnowsRequireAuth = 160000;
// A file of the user who runs this that libpq would read by itself, were it not told of another.
constexpr char kNoFile[] = "/nonexistent";

// Ends with a zero byte, as libpq wants it.
absl::StatusOr<SecretBytes> ReadPassword(const std::string& path) {
  if (path.empty()) return SecretBytes::Written(1, [](absl::Span<uint8_t>) { return absl::OkStatus(); });
  auto file = ReadPrivateFile(path, kMaxPasswordBytes + 2);
  if (!file.ok()) return Annotate(file.status(), "the password's file (postgresql.password_file)");
  absl::Span<const uint8_t> line = file->content.Reveal();
  for (const char end : {'\n', '\r'}) {
    if (!line.empty() && line.back() == end) line.remove_suffix(1);
  }
  const bool broken =
      std::any_of(line.begin(), line.end(), [](uint8_t c) { return c == '\n' || c == '\r' || c == '\0'; });
  if (line.empty() || line.size() > kMaxPasswordBytes || broken) {
    return absl::FailedPreconditionError(
        absl::StrCat("the password's file (postgresql.password_file) does not hold a "
                     "password: expected one line of 1 to ",
                     kMaxPasswordBytes, " bytes"));
  }
  return SecretBytes::Written(line.size() + 1, [line](absl::Span<uint8_t> out) {
    std::copy(line.begin(), line.end(), out.begin());
    out.back() = 0;
    return absl::OkStatus();
  });
}

bool IsSocket(const v1::PostgresqlSource& source) { return source.host().find('/') == 0; }

const char* TlsMode(const v1::PostgresqlSource& source) {
  if (IsSocket(source)) return "disable";
  return source.tls() == v1::PostgresqlSource::VERIFY_CA ? "verify-ca" : "verify-full";
}

}  // namespace

absl::StatusOr<ServerConnection> ServerConnection::Open(const v1::PostgresqlSource& source, absl::Duration patience) {
  ACCORD_ASSIGN_OR_RETURN(const SecretBytes password, ReadPassword(source.password_file()));
  const std::string port = absl::StrCat(source.port());
  std::vector<std::pair<const char*, const char*>> settings = {
      {"host", source.host().c_str()},
      {"port", port.c_str()},
      {"dbname", source.database().c_str()},
      {"user", source.user().c_str()},
      {"password", reinterpret_cast<const char*>(password.Reveal().data())},
      {"sslmode", TlsMode(source)},
      {"sslrootcert", source.ca_file().empty() ? kNoFile : source.ca_file().c_str()},
      {"sslcert", kNoFile},
      {"sslkey", kNoFile},
      {"passfile", kNoFile},
      {"gssencmode", "disable"},
      {"client_encoding", "UTF8"},
      {"application_name", "accord-reader"}};
  // libpq gives the password itself to whoever asks for it, whatever the certificate is worth. So the server must prove
  // that it knows it, and bind that to this TLS connection; it learns nothing by which somebody could log in.
  if (!source.password_file().empty() && !IsSocket(source)) settings.emplace_back("channel_binding", "require");
  if (!source.password_file().empty() && PQlibVersion() >= kKnowsRequireAuth) {
    settings.emplace_back("require_auth", "scram-sha-256");
  }
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : settings) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  // A database's name is a name, whatever it looks like: 0.
  ServerConnection connection(PQconnectStartParams(keywords.data(), values.data(), 0), patience);
  ACCORD_RETURN_IF_ERROR(connection.LogIn());
  return connection;
}

absl::Status ServerConnection::LogIn() {
  PGconn* connection = connection_.get();
  if (connection == nullptr) return absl::ResourceExhaustedError("no memory for a connection");
  PQsetNoticeReceiver(
      connection, [](void*, const PGresult*) {}, nullptr);
  PostgresPollingStatusType state =
      PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) return ConnectionError(connection);
    ACCORD_RETURN_IF_ERROR(Wait(state == PGRES_POLLING_WRITING));
    state = PQconnectPoll(connection);
  }
  // So that a server that does not read cannot keep us either.
  if (PQsetnonblocking(connection, 1) != 0)
    return absl::InternalError("the connection cannot be made to wait for nobody");
  return absl::OkStatus();
}

absl::Status ServerConnection::Wait(bool writing) const {
  const auto given_up = [this] {
    return absl::UnavailableError(absl::StrCat("the database server sent no rows for ", absl::FormatDuration(patience_),
                                               " (three quarters of sandbox.silence_s) and was given up"));
  };
  for (;;) {
    const int64_t left = absl::ToInt64Milliseconds(absl::Ceil(deadline_ - absl::Now(), absl::Milliseconds(1)));
    // Also where there is something to read: notices without end bring no row.
    if (left <= 0) return given_up();
    pollfd polled = {PQsocket(connection_.get()), static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = poll(&polled, 1, static_cast<int>(std::min<int64_t>(left, INT_MAX)));
    if (ready > 0) return absl::OkStatus();
    if (ready == 0) return given_up();
    if (errno != EINTR) return ErrnoError("wait for", "the database server");
  }
}

absl::Status ServerConnection::SendAll() {
  for (;;) {
    const int rest = PQflush(connection_.get());
    if (rest == 0) return absl::OkStatus();
    if (rest < 0) return ServerError(connection_.get(), nullptr);
    ACCORD_RETURN_IF_ERROR(Wait(/*writing=*/true));
    if (PQconsumeInput(connection_.get()) == 0) return ServerError(connection_.get(), nullptr);
  }
}

absl::StatusOr<ServerResult> ServerConnection::Next(const QueryPlace& query) {
  while (PQisBusy(connection_.get()) != 0) {
    ACCORD_RETURN_IF_ERROR(Wait(/*writing=*/false));
    if (PQconsumeInput(connection_.get()) == 0) return ServerError(connection_.get(), nullptr);
  }
  ServerResult result(PQgetResult(connection_.get()));
  if (result == nullptr) return result;
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_SINGLE_TUPLE:
      return result;
    default:
      // Nothing else is answered to what is asked here; a COPY, say, is a server that is none.
      return ServerError(connection_.get(), result.get(), query);
  }
}

absl::StatusOr<ServerResult> ServerConnection::Last(const QueryPlace& query) {
  ACCORD_RETURN_IF_ERROR(SendAll());
  ServerResult last;
  for (;;) {
    ACCORD_ASSIGN_OR_RETURN(ServerResult next, Next(query));
    if (next == nullptr) break;
    last = std::move(next);
  }
  if (last == nullptr) return ServerError(connection_.get(), nullptr, query);
  return last;
}

absl::StatusOr<ServerResult> ServerConnection::Execute(const std::string& statement, size_t query_at) {
  if (PQsendQueryParams(connection_.get(), statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0) {
    return ServerError(connection_.get(), nullptr);
  }
  return Last(query_at == SIZE_MAX ? QueryPlace{} : QueryPlace{query_at, statement.size()});
}

absl::StatusOr<ServerResult> ServerConnection::Describe(const std::string& cursor) {
  if (PQsendDescribePortal(connection_.get(), cursor.c_str()) == 0) {
    return ServerError(connection_.get(), nullptr);
  }
  return Last({});
}

absl::StatusOr<uint64_t> ServerConnection::ForEachRow(const std::string& statement,
                                                      absl::FunctionRef<absl::Status(const PGresult* row)> on_row) {
  PGconn* connection = connection_.get();
  if (PQsendQueryParams(connection, statement.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0 ||
      PQsetSingleRowMode(connection) == 0) {
    return ServerError(connection, nullptr);
  }
  ACCORD_RETURN_IF_ERROR(SendAll());
  for (uint64_t rows = 0;;) {
    ACCORD_ASSIGN_OR_RETURN(const ServerResult next, Next({}));
    if (next == nullptr) return rows;
    if (PQresultStatus(next.get()) != PGRES_SINGLE_TUPLE) continue;
    ++rows;
    ACCORD_RETURN_IF_ERROR(on_row(next.get()));
  }
}

}  // namespace accord
