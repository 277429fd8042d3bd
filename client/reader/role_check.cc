#include "client/reader/role_check.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

// Whether the user is of a role that the server came with.
#define MEMBER_OF(role)                                                \
  "EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = '" role \
  "' AND pg_catalog.pg_has_role(CAST(r.oid AS oid), 'MEMBER'))"
// Whether the user itself was given an attribute.
#define HAS_ATTRIBUTE(column)                                       \
  "(SELECT pg_catalog.bool_or(r." column                            \
  ") FROM pg_catalog.pg_roles r WHERE r.rolname IN (session_user, " \
  "current_user))"
#define OWN_SCHEMA "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"

constexpr char kSuperuser[] =
    "EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolsuper AND "
    "(r.rolname IN (session_user, current_user) OR pg_catalog.pg_has_role(session_user, CAST(r.oid AS oid), "
    "'MEMBER')))";

struct Right {
  const char* test;  // SQL, of boolean type
  const char* words;
};

constexpr Right kRights[] = {
    {"EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
     "WHERE c.relkind IN ('r', 'p', 'v', 'f') AND " OWN_SCHEMA
     " AND pg_catalog.has_table_privilege(CAST(c.oid AS oid), 'INSERT, UPDATE, DELETE, TRUNCATE'))",
     "change rows of a table"},
    {"pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') OR EXISTS (SELECT FROM "
     "pg_catalog.pg_namespace n WHERE " OWN_SCHEMA
     " AND pg_catalog.has_schema_privilege(CAST(n.oid AS oid), 'CREATE'))",
     "create tables or schemas"},
    {MEMBER_OF("pg_read_server_files"), "read the server's files (pg_read_server_files)"},
    {MEMBER_OF("pg_write_server_files"), "write the server's files (pg_write_server_files)"},
    {MEMBER_OF("pg_execute_server_program"), "start programs on the server (pg_execute_server_program)"},
    {MEMBER_OF("pg_write_all_data"), "write all data (pg_write_all_data)"},
    {MEMBER_OF("pg_read_all_data"), "read all data (pg_read_all_data)"},
    {MEMBER_OF("pg_signal_backend"), "end other sessions (pg_signal_backend)"},
    {HAS_ATTRIBUTE("rolcreaterole"), "make roles (CREATEROLE)"},
    {HAS_ATTRIBUTE("rolcreatedb"), "make databases (CREATEDB)"},
    {HAS_ATTRIBUTE("rolreplication"), "copy the whole server (REPLICATION)"},
    {HAS_ATTRIBUTE("rolbypassrls"), "read rows that row security hides (BYPASSRLS)"},
};

#undef MEMBER_OF
#undef HAS_ATTRIBUTE
#undef OWN_SCHEMA

bool IsTrue(const PGresult* result, int column) { return PQgetvalue(result, 0, column)[0] == 't'; }

}  // namespace

absl::StatusOr<std::vector<std::string>> CheckRole(ServerConnection& connection) {
  std::string statement = absl::StrCat("SELECT ", kSuperuser);
  int columns = 1;
  for (const Right& right : kRights) {
    absl::StrAppend(&statement, ", ", right.test);
    ++columns;
  }
  ACCORD_ASSIGN_OR_RETURN(const ServerResult result, connection.Execute(statement));
  if (PQntuples(result.get()) != 1 || PQnfields(result.get()) != columns) {
    return absl::UnavailableError("the database server does not say what postgresql.user may do");
  }
  if (IsTrue(result.get(), 0)) {
    return absl::PermissionDeniedError(
        "postgresql.user is a superuser of the database server, or may become one, which no query on rows needs; make "
        "a "
        "role that may read these rows and nothing else (docs/data.md)");
  }
  std::vector<std::string> warnings;
  for (int i = 1; i < columns; ++i) {
    if (!IsTrue(result.get(), i)) continue;
    warnings.push_back(
        absl::StrCat("postgresql.user may ", kRights[i - 1].words,
                     ", which no query on rows needs: take that from it, or make a role that may only read"));
  }
  return warnings;
}

}  // namespace accord
