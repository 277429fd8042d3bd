// What a reader asks a real server, and what it refuses to.
#include "client/reader/query.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "tests/bad_inputs/bad_inputs.h"
#include "tests/postgres/postgres_server.h"

namespace accord {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSecretValue[] = "4711";  // that no message may hold
constexpr uint32_t kPatienceSeconds = 60;

struct Outcome {
  std::vector<std::string> names;
  std::vector<std::string> warnings;
  std::vector<std::vector<std::string>> rows;  // texts as they are, of all else the class
  absl::Status status;                         // as the trainer hears it
};

std::string TextOf(const StreamField& field) {
  return field.kind == v1::RowBlock::TEXT ? std::string(field.text) : v1::RowBlock::FieldClass_Name(field.kind);
}

absl::Status Send(const v1::ReadRows& request, RowWriter& writer) {
  auto connection = ServerConnection::Open(request.source(), absl::Seconds(request.silence_s()));
  if (!connection.ok()) return connection.status();
  return RunQuery(request, *connection, writer);
}

// As accord-reader and trainer do, without their sandboxes.
Outcome Ask(const v1::ReadRows& request) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd in(ends[0]);
  std::thread reader([&request, out_fd = ends[1]] {
    const UniqueFd out(out_fd);
    RowWriter writer(out.get());
    const absl::Status sent = Send(request, writer);
    EXPECT_TRUE((sent.ok() ? writer.End() : writer.Fail(sent)).ok());
  });
  Outcome outcome;
  const auto on_columns = [&](const v1::RowColumns& columns) {
    outcome.names.assign(columns.names().begin(), columns.names().end());
    outcome.warnings.assign(columns.warnings().begin(), columns.warnings().end());
    return true;
  };
  const auto on_row = [&](absl::Span<const StreamField> row) {
    std::vector<std::string>& texts = outcome.rows.emplace_back();
    for (const StreamField& field : row) texts.push_back(TextOf(field));
    return true;
  };
  outcome.status = TakeRows(in.get(), request.max_bytes(), {on_columns, on_row, [](uint64_t) {}});
  reader.join();
  return outcome;
}

class PostgresQuery : public ::testing::Test {
 protected:
  void SetUp() override {
    ACCORD_SKIP_WITHOUT_POSTGRES();
    *request_.mutable_source() = server().OverSocket();
    request_.set_max_bytes(1 << 30);
    request_.set_silence_s(kPatienceSeconds);
  }
  static PostgresServer& server() { return *PostgresServer::Shared(); }
  Outcome Ask(const std::string& query) {
    request_.mutable_source()->set_query(query);
    return accord::Ask(request_);
  }
  std::string Problem(const std::string& query) { return std::string(Ask(query).status.message()); }

  v1::ReadRows request_;
};

TEST_F(PostgresQuery, RowsComeInOrderUnderTheirNames) {
  const Outcome outcome = Ask("SELECT id, age, pain AS p, ill FROM patients ORDER BY id DESC -- newest first");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.names, ElementsAre("id", "age", "p", "ill"));
  EXPECT_THAT(outcome.rows, ElementsAre(ElementsAre("3", "70", "none", "no"), ElementsAre("2", "60.5", "none", "no"),
                                        ElementsAre("1", "50", "typical", "yes")));
  EXPECT_THAT(outcome.warnings, IsEmpty());
}

TEST_F(PostgresQuery, ValuesAreWrittenAsInACsvFileAndOthersAreTold) {
  server().Run("DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('calm', 'grim')");
  const Outcome outcome =
      Ask("SELECT NULL::integer, 0.1::real, 1e-7::double precision, 12.30::numeric, true, 'grim'::mood, "
          "DATE '2024-02-29', TIMESTAMPTZ '2024-01-01 00:00:00+02', 'x  '::char(3), '\\x4711'::bytea, ARRAY[1], "
          "'{}'::jsonb, repeat('x', 65537), '6e7e5e0e-0000-4000-8000-000000000000'::uuid, 'NaN'::double precision");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows[0], ElementsAre("NULL_VALUE", "0.1", "1e-07", "12.30", "t", "grim", "2024-02-29",
                                           "2023-12-31 22:00:00+00", "x", "BYTES", "OTHER_TYPE", "OTHER_TYPE",
                                           "TOO_LONG", "6e7e5e0e-0000-4000-8000-000000000000", "NaN"));
}

TEST_F(PostgresQuery, ColonsAreNoParameters) {
  const Outcome outcome = Ask("SELECT (ARRAY[4, 5, 6])[2:2]::text AS a, ':name' AS b, '12:30'::time AS c");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, ElementsAre(ElementsAre("{5}", ":name", "12:30:00")));
}

TEST_F(PostgresQuery, ManyRowsComeInBlocksAndAllOfThem) {
  const Outcome outcome = Ask("SELECT i, 'none' AS pain FROM generate_series(1, 20500) AS i ORDER BY i");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  ASSERT_EQ(outcome.rows.size(), 20'500u);
  EXPECT_EQ(outcome.rows.back()[0], "20500");
}

TEST_F(PostgresQuery, NoRowsAreAResultTooAndHaveNames) {
  const Outcome outcome = Ask("SELECT age FROM patients WHERE id > 10");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.names, ElementsAre("age"));
  EXPECT_THAT(outcome.rows, IsEmpty());
}

// ---- nothing but reading ----

TEST_F(PostgresQuery, EachBadQueryIsRefusedInItsWordsAndChangesNothing) {
  server().Run(
      "DROP TABLE IF EXISTS secrets; CREATE TABLE secrets (n integer);"
      "DROP SEQUENCE IF EXISTS visits; CREATE SEQUENCE visits; GRANT ALL ON SEQUENCE visits TO reader;"
      "CREATE OR REPLACE FUNCTION forget() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS "
      "'BEGIN DELETE FROM patients; RETURN 1; END'");
  const std::vector<BadInput> queries = BadInputs("postgresql_queries", "-- expected: ");
  ASSERT_GE(queries.size(), 28u);
  for (const BadInput& query : queries) {
    const Outcome outcome = Ask(query.content);
    EXPECT_THAT(std::string(outcome.status.message()), HasSubstr(query.expected)) << query.name;
    EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition) << query.name;
  }
  EXPECT_EQ(server().Run("SELECT count(*) FROM patients"), "3");
  EXPECT_EQ(server().Run("SELECT is_called FROM visits"), "f");
}

// What a transaction that only reads lets through: it is taken back.
TEST_F(PostgresQuery, WhatAFunctionLeavesBehindIsRolledBack) {
  server().Run(
      "CREATE OR REPLACE FUNCTION leave() RETURNS integer LANGUAGE sql AS "
      "'SELECT pg_advisory_xact_lock(4711); SELECT pg_notify(''ward'', ''4711''); SELECT 1'");
  EXPECT_TRUE(Ask("SELECT leave() AS age, set_config('application_name', 'x', false) AS n").status.ok());
  EXPECT_EQ(server().Run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0");
}

TEST_F(PostgresQuery, TheServersWordsAreNeverPassedOn) {
  server().Run(
      "CREATE OR REPLACE FUNCTION shout() RETURNS integer LANGUAGE plpgsql AS "
      "$$BEGIN RAISE NOTICE 'patient 4711'; RAISE EXCEPTION 'patient 4711' USING DETAIL = '4711', "
      "HINT = '4711', ERRCODE = '04711'; END$$");
  ::testing::internal::CaptureStderr();
  const std::string problem = Problem("SELECT shout() AS age FROM patients");
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), Not(HasSubstr(kSecretValue)));
  EXPECT_EQ(problem, "the mapping's postgresql.query failed on the server (SQLSTATE 04711)")
      << "the five characters are the one thing that a function of the database can choose";
  server().Run(
      "DROP TABLE IF EXISTS odd; CREATE TABLE odd AS SELECT 'patient 4711' AS x; GRANT SELECT ON odd TO reader");
  for (const char* query : {"SELECT x::integer FROM odd", "SELECT x::date FROM odd", "SELECT x::jsonb FROM odd"}) {
    EXPECT_THAT(Problem(query), AllOf(HasSubstr("failed on a value"), Not(HasSubstr(kSecretValue)))) << query;
  }
}

// ---- limits ----

TEST_F(PostgresQuery, AResultThatIsTooLargeIsRefused) {
  request_.set_max_bytes(1 << 20);
  EXPECT_THAT(Problem("SELECT repeat('x', 1000) FROM generate_series(1, 2000)"), HasSubstr("sandbox.max_data_mib"));
  const Outcome nulls = Ask("SELECT NULL AS n FROM generate_series(1, 2000000)");
  EXPECT_THAT(std::string(nulls.status.message()), HasSubstr("sandbox.max_data_mib")) << "missing values take room too";
}

TEST_F(PostgresQuery, ARowWithTooMuchTextIsRefused) {
  std::string query = "SELECT 1";
  for (int i = 0; i < 70; ++i) absl::StrAppend(&query, ", repeat('x', 64000)");
  EXPECT_THAT(Problem(query), HasSubstr("row 1 of the query's result has more than 4 MiB of text"));
}

TEST_F(PostgresQuery, AQueryThatSleepsIsGivenUp) {
  request_.set_silence_s(1);
  const Outcome outcome = Ask("SELECT pg_sleep(600) AS age");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("sandbox.silence_s"));
  EXPECT_EQ(server().Run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'accord-reader' AND state = "
                         "'active' AND query_start < now() - interval '30 s'"),
            "0");
}

TEST_F(PostgresQuery, ATextThatIsNotUtf8IsHandedOnAsItIs) {
  server().Run("DROP DATABASE IF EXISTS bytes", "postgres");
  server().Run("CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'", "postgres");
  request_.mutable_source()->set_database("bytes");
  const Outcome outcome = Ask("SELECT E'\\xff' AS age");
  // The server refuses to call such bytes UTF-8, or hands them on: either way they are no text.
  if (outcome.status.ok()) {
    EXPECT_THAT(outcome.rows, ElementsAre(ElementsAre("\xff")));
  } else {
    EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("failed on a value"));
  }
}

// ---- who the user is ----

TEST_F(PostgresQuery, ASuperuserIsRefused) {
  *request_.mutable_source() = server().OverSocket("owner");
  const Outcome outcome = Ask("SELECT 1 AS age");
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("is a superuser"));
  EXPECT_THAT(outcome.rows, IsEmpty());
}

TEST_F(PostgresQuery, WhoeverMayBecomeASuperuserIsRefusedToo) {
  server().Run("CREATE ROLE heir LOGIN NOINHERIT; GRANT owner TO heir");
  *request_.mutable_source() = server().OverSocket("heir");
  EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("or may become one"));
}

TEST_F(PostgresQuery, EachRightBesideReadingIsWarnedOf) {
  server().Run(
      "CREATE ROLE busy LOGIN CREATEDB CREATEROLE BYPASSRLS; "
      "GRANT pg_read_server_files, pg_execute_server_program, pg_write_all_data TO busy; "
      "GRANT CREATE ON SCHEMA public TO busy; GRANT SELECT ON patients TO busy");
  *request_.mutable_source() = server().OverSocket("busy");
  const Outcome outcome = Ask("SELECT age FROM patients");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  for (const char* right :
       {"change rows of a table", "create tables or schemas", "read the server's files", "start programs on the server",
        "write all data", "make roles", "make databases", "BYPASSRLS"}) {
    EXPECT_THAT(outcome.warnings, Contains(HasSubstr(right)));
  }
  EXPECT_THAT(outcome.warnings, Each(Not(HasSubstr("REPLICATION"))));
}

// ---- the way there ----

TEST_F(PostgresQuery, TlsAndAPasswordLeadToTheServer) {
  *request_.mutable_source() = server().OverTls();
  const Outcome outcome = Ask("SELECT (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS tls");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_THAT(outcome.rows, ElementsAre(ElementsAre("t")));
}

TEST_F(PostgresQuery, AnotherCertificateIsRefused) {
  *request_.mutable_source() = server().OverTls();
  request_.mutable_source()->set_ca_file(server().folder() + "/other.pem");
  EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("certificate is not accepted"));
  request_.mutable_source()->set_tls(v1::PostgresqlSource::VERIFY_CA);
  EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("certificate is not accepted"));
  request_.mutable_source()->set_ca_file(server().folder() + "/none.pem");
  EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("certificate is not accepted"));
}

TEST_F(PostgresQuery, ACertificateMustNameTheHostUnlessTheMappingSaysOtherwise) {
  *request_.mutable_source() = server().OverTls();
  request_.mutable_source()->set_host("127.0.0.1");
  EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("does not name postgresql.host"));
  request_.mutable_source()->set_tls(v1::PostgresqlSource::VERIFY_CA);
  EXPECT_TRUE(Ask("SELECT 1 AS age").status.ok());
}

TEST_F(PostgresQuery, APasswordThatIsWrongOrLiesOpenIsRefused) {
  *request_.mutable_source() = server().OverTls();
  request_.mutable_source()->set_password_file(server().Write("wrong", "4711\n"));
  Outcome outcome = Ask("SELECT 1 AS age");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(outcome.status.message()),
              AllOf(HasSubstr("refuses postgresql.user with the password"), Not(HasSubstr(kSecretValue))));
  request_.mutable_source()->set_password_file(server().Write("open", std::string(PostgresServer::kPassword), 0644));
  EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("postgresql.password_file"));
  for (const char* content : {"", "\n", "two\nlines\n"}) {
    request_.mutable_source()->set_password_file(server().Write("broken", content));
    EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("expected one line"));
  }
  request_.mutable_source()->clear_password_file();
  EXPECT_THAT(Problem("SELECT 1 AS age"), HasSubstr("asks for a password"));
}

TEST_F(PostgresQuery, AServerThatAsksForThePasswordItselfDoesNotGetIt) {
  server().Run("CREATE ROLE plain LOGIN PASSWORD 'another'");
  *request_.mutable_source() = server().OverTls("plain");
  const Outcome outcome = Ask("SELECT 1 AS age");
  EXPECT_THAT(std::string(outcome.status.message()),
              AllOf(HasSubstr("asks for the password itself"), HasSubstr("nothing was sent")));
}

TEST_F(PostgresQuery, WhereNobodyListensIsToldAndWorthAnotherTry) {
  request_.mutable_source()->set_port(1);
  const Outcome outcome = Ask("SELECT 1 AS age");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(outcome.status.message()), HasSubstr("is the database server running?"));
  request_.mutable_source()->set_database("nowhere");
}

// A name that looks like settings of a connection is a name.
TEST_F(PostgresQuery, ADatabasesNameSetsNothingElse) {
  request_.mutable_source()->set_database("dbname=ward user=owner");
  EXPECT_EQ(Ask("SELECT 1 AS age").status.code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace accord
