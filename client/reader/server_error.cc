#include "client/reader/server_error.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace accord {
namespace {

constexpr char kQuery[] = "the mapping's postgresql.query ";

struct Meaning {
  absl::string_view state;  // the SQLSTATE, or how it begins
  absl::StatusCode code;
  const char* words;
};

// The first that fits (postgresql.org/docs/current/errcodes-appendix.html).
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnavailable = absl::StatusCode::kUnavailable;
constexpr Meaning kMeanings[] = {
    {"25006", kInvalid, "asks for a change, which its transaction does not allow; expected one SELECT that only reads"},
    {"42501", absl::StatusCode::kPermissionDenied,
     "reads or calls what the mapping's user may not; GRANT SELECT on what it reads, or select less"},
    {"42601", kInvalid, "is not one SELECT as this server understands it"},
    {"42P01", kInvalid, "names a table that is not there, or not in the user's search_path"},
    {"42703", kInvalid, "names a column that is not there"},
    {"42P02", kInvalid, "has parameters ($1)"},
    {"08P01", kInvalid, "has parameters ($1)"},  // none come with it
    {"0A000", kInvalid, "asks for what a query that only reads cannot have"},
    {"22", kInvalid, "failed on a value while it ran: a cast, a division or a function that does not take it"},
    {"54", kInvalid, "is too complex for this server"},
    {"42", kInvalid, "cannot be run by this server"},
    {"57014", kUnavailable,
     "took longer than the daemon waits (three quarters of sandbox.silence_s) for its next rows, or was cancelled"},
    {"55P03", kUnavailable, "waits for a lock that another transaction holds"},
    {"40", kUnavailable, "met a change of the server's own; try again"},
    {"53", kUnavailable, "needs more memory, disk or connections than the server has"},
    {"57P", kUnavailable, "was ended by the server, which is stopping or starting"},
    {"08", kUnavailable, "lost its connection to the server"},
    {"58", kUnavailable, "met a fault of the server's own disk or system"},
    {"XX", kUnavailable, "met a fault inside the server"},
};

bool Says(const PGconn* connection, absl::string_view words) {
  return absl::StrContains(absl::string_view(PQerrorMessage(connection)), words);
}

// Not believed to be one: a function of the database can choose it.
std::string StateOf(const PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const absl::string_view text = state == nullptr ? "" : state;
  const auto is_part = [](unsigned char c) { return absl::ascii_isdigit(c) || absl::ascii_isupper(c); };
  return text.size() == 5 && std::all_of(text.begin(), text.end(), is_part) ? std::string(text) : "";
}

std::string PlaceOf(const PGresult* result, const QueryPlace& query) {
  const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  uint64_t at = 0;
  if (position == nullptr || !absl::SimpleAtoi(position, &at)) return "";
  // From 1, and one behind the last where the query breaks off.
  if (at <= query.begin || at > query.end + 1) return "";
  return absl::StrCat(", at character ", at - query.begin, " of the query");
}

absl::Status LostConnection(const PGconn* connection) {
  // libpq's own words, in English whatever the server's language.
  if (Says(connection, "memory")) {
    return absl::ResourceExhaustedError(
        "a row of the query's result is larger than accord-reader takes (some 100 MiB); select fewer or smaller "
        "columns");
  }
  return absl::UnavailableError("the database server closed the connection before the last row");
}

}  // namespace

absl::Status ServerError(const PGconn* connection, const PGresult* result, const QueryPlace& query) {
  const std::string state = StateOf(result);
  if (state.empty()) return LostConnection(connection);
  for (const Meaning& meaning : kMeanings) {
    if (!absl::StartsWith(state, meaning.state)) continue;
    return absl::Status(meaning.code,
                        absl::StrCat(kQuery, meaning.words, " (SQLSTATE ", state, PlaceOf(result, query), ")"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(kQuery, "failed on the server (SQLSTATE ", state, PlaceOf(result, query), ")"));
}

absl::Status ConnectionError(const PGconn* connection) {
  const auto denied = [](const char* words) { return absl::PermissionDeniedError(words); };
  // Before the others: it was sent no password.
  if (Says(connection, "channel binding") || Says(connection, "authentication method")) {
    return denied(
        "the database server asks for the password itself, or does not prove that it knows it (SCRAM with channel "
        "binding): nothing was sent; let pg_hba.conf say scram-sha-256 and set the user's password anew, without a "
        "pooler in between that ends TLS");
  }
  if (PQconnectionNeedsPassword(connection)) {
    return denied("the database server asks for a password; name a file that holds it in postgresql.password_file");
  }
  if (Says(connection, "certificate") || Says(connection, "host name")) {
    return Says(connection, "could not translate")
               ? absl::UnavailableError("the name of the database server (postgresql.host) is not known here")
               : denied(
                     "the database server's certificate is not accepted: it is not of postgresql.ca_file, has expired, "
                     "or "
                     "does not name postgresql.host (tls: verify_full)");
  }
  if (Says(connection, "does not support SSL")) {
    return denied("the database server offers no TLS; switch it on there (ssl = on), or use its Unix socket");
  }
  if (PQconnectionUsedPassword(connection)) {
    return denied(
        "the database server refuses postgresql.user with the password of postgresql.password_file, or does "
        "not let it into postgresql.database");
  }
  if (Says(connection, "refused") || Says(connection, "No such file")) {
    return absl::UnavailableError("nobody answers at postgresql.host and port: is the database server running?");
  }
  return absl::UnavailableError(
      "the database server takes no connection: it is out of reach, starting, has too many, or does not let "
      "postgresql.user into postgresql.database from here (pg_hba.conf); its own log says which");
}

}  // namespace accord
