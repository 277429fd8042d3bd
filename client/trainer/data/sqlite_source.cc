#include "client/trainer/data/sqlite_source.h"

#include <array>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/file.h"
#include "base/soci_headers.h"
#include "base/status.h"
#include "client/trainer/data/data_file.h"
#include "client/trainer/data/text_field.h"
#include "soci/sqlite3/soci-sqlite3.h"

namespace accord {
namespace {

namespace sqlite = sqlite_api;

// Of the file format's header (sqlite.org/fileformat.html, section 1.3).
constexpr absl::string_view kSqliteMagic("SQLite format 3\0", 16);
constexpr size_t kHeaderBytes = 100;
constexpr size_t kReadVersionAt = 19;
constexpr char kWalVersion = 2;

constexpr int kMaxValueBytes = 64 << 20;  // of any value that SQLite handles on the way, also one that nobody reads

struct Denial {
  int action;
  const char* words;
};
constexpr Denial kDenials[] = {{SQLITE_ATTACH, "ATTACH"},
                               {SQLITE_DETACH, "DETACH"},
                               {SQLITE_PRAGMA, "PRAGMA"},
                               {SQLITE_INSERT, "a change to a table"},
                               {SQLITE_UPDATE, "a change to a table"},
                               {SQLITE_DELETE, "a change to a table"},
                               {SQLITE_TRANSACTION, "a transaction"},
                               {SQLITE_SAVEPOINT, "a transaction"}};

bool IsForbiddenFunction(absl::string_view name) {
  return absl::EqualsIgnoreCase(name, "load_extension") || absl::EqualsIgnoreCase(name, "fts3_tokenizer") ||
         absl::EqualsIgnoreCase(name, "edit") || absl::EqualsIgnoreCase(name, "readfile") ||
         absl::EqualsIgnoreCase(name, "writefile");
}

// What was denied last.
struct Authoriser {
  const char* denied = nullptr;

  static int Decide(void* self, int action, const char*, const char* second, const char*, const char*) {
    const char*& denied = static_cast<Authoriser*>(self)->denied;
    if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE) return SQLITE_OK;
    if (action == SQLITE_FUNCTION && !IsForbiddenFunction(second == nullptr ? "" : second)) return SQLITE_OK;
    denied = action == SQLITE_FUNCTION ? "a function that reaches outside the database" : "a change to the database";
    for (const Denial& denial : kDenials) {
      if (denial.action == action) denied = denial.words;
    }
    return SQLITE_DENY;
  }
};

// Before SQLite sees it: what it would say of these is no help. And closed before SQLite opens it, whose locks on the
// file would go with any other descriptor of this process.
absl::Status CheckFile(const std::string& path, uint64_t max_bytes) {
  ACCORD_ASSIGN_OR_RETURN(const DataFile file, OpenDataFile(path, max_bytes));
  std::array<char, kHeaderBytes> header = {};
  if (file.size >= kHeaderBytes) ACCORD_RETURN_IF_ERROR(ReadFully(file.fd.get(), header.data(), header.size(), 0));
  if (!absl::StartsWith(absl::string_view(header.data(), header.size()), kSqliteMagic)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not an SQLite 3 database (or it is encrypted)"));
  }
  if (header[kReadVersionAt] == kWalVersion) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        " is in WAL mode: newer rows may lie in a file beside it. Hand over a copy: sqlite3 FILE \"VACUUM INTO "
        "'copy.db'\""));
  }
  return absl::OkStatus();
}

class Query {
 public:
  explicit Query(const SqliteOptions& options) : options_(options) {}

  absl::Status Open() {
    ACCORD_RETURN_IF_ERROR(CheckFile(options_.path, options_.max_bytes));
    if (absl::StrContains(options_.path, '"')) {
      return absl::InvalidArgumentError(absl::StrCat("a quotation mark in the name of ", options_.path));
    }
    session_.open(soci::sqlite3, absl::StrCat("dbname=\"", options_.path, "\" readonly=true timeout=10"));
    connection_ = static_cast<soci::sqlite3_session_backend*>(session_.get_backend())->conn_;
    // A sort that outgrows its memory would go to a file, which the sandbox refuses.
    session_ << "PRAGMA temp_store=MEMORY";
    session_ << "PRAGMA query_only=ON";
    for (const int protection : {SQLITE_DBCONFIG_DEFENSIVE})
      sqlite::sqlite3_db_config(connection_, protection, 1, nullptr);
    for (const int danger : {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_TRIGGER,
                             SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER}) {
      sqlite::sqlite3_db_config(connection_, danger, 0, nullptr);
    }
    sqlite::sqlite3_limit(connection_, SQLITE_LIMIT_ATTACHED, 0);
    sqlite::sqlite3_limit(connection_, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
    if (sqlite::sqlite3_db_readonly(connection_, "main") != 1) {
      return absl::InternalError("SQLite has opened the database for writing");
    }
    sqlite::sqlite3_set_authorizer(connection_, Authoriser::Decide, &authoriser_);
    return absl::OkStatus();
  }

  // SOCI prepares the first statement and would not tell of a second.
  absl::Status Check() {
    sqlite::sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code = sqlite::sqlite3_prepare_v2(connection_, options_.query.data(),
                                                static_cast<int>(options_.query.size()), &statement, &rest);
    absl::Status status = code == SQLITE_OK ? absl::OkStatus() : Explain(code, /*preparing=*/true);
    if (status.ok()) status = CheckStatement(statement, rest);
    sqlite::sqlite3_finalize(statement);
    return status;
  }

  absl::Status Run(const TableVisitor& visitor, const DataFaults& faults) {
    soci::statement statement(session_);
    // SOCI steps through the rows, for which it wants one value; all are taken from SQLite with their types.
    double first = 0;
    soci::indicator indicator = soci::i_ok;
    statement.exchange(soci::into(first, indicator));
    statement.alloc();
    statement.prepare(options_.query);
    statement.define_and_bind();
    stepping_ = static_cast<soci::sqlite3_statement_backend*>(statement.get_backend())->stmt_;
    const auto columns = static_cast<size_t>(sqlite::sqlite3_column_count(stepping_));
    fields_.resize(columns);
    kinds_.resize(columns);
    numbers_.resize(columns);
    for (size_t i = 0; i < columns; ++i) {
      const char* name = sqlite::sqlite3_column_name(stepping_, static_cast<int>(i));
      fields_[i] = name == nullptr ? "" : name;
    }
    if (!visitor.on_names(fields_, 0) || faults.fatal()) return absl::OkStatus();
    TableRow row = {0, fields_, kinds_, numbers_};
    statement.execute(false);
    while (statement.fetch()) {
      ++row.line;
      for (size_t i = 0; i < columns; ++i) ReadField(i);
      if (!visitor.on_row(row, {row.line, 0}) || faults.fatal()) break;
    }
    return absl::OkStatus();
  }

  // What an exception of SOCI's means.
  absl::Status Explain() {
    return Explain(connection_ == nullptr ? SQLITE_CANTOPEN : sqlite::sqlite3_extended_errcode(connection_),
                   /*preparing=*/false);
  }

 private:
  absl::Status CheckStatement(sqlite::sqlite3_stmt* statement, const char* rest) const {
    absl::string_view behind = absl::StripAsciiWhitespace(rest);
    while (absl::ConsumePrefix(&behind, ";")) behind = absl::StripLeadingAsciiWhitespace(behind);
    if (statement == nullptr) return NotOneSelect("is empty");
    if (!behind.empty()) return NotOneSelect("has something behind its first statement");
    if (sqlite::sqlite3_stmt_readonly(statement) == 0 || sqlite::sqlite3_stmt_isexplain(statement) != 0 ||
        sqlite::sqlite3_column_count(statement) == 0) {
      return NotOneSelect("does not ask for rows");
    }
    if (sqlite::sqlite3_bind_parameter_count(statement) > 0) return NotOneSelect("has parameters (?, :name)");
    return absl::OkStatus();
  }
  static absl::Status NotOneSelect(absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("the mapping's sqlite.query ", what, "; expected one SELECT"));
  }

  // SQLite's own words only where no row has been read yet: later they could quote a value.
  absl::Status Explain(int code, bool preparing) const {
    const std::string where = absl::StrCat("the database ", options_.path);
    // Not told by the code alone: a function that is denied is an error like any other.
    if (authoriser_.denied != nullptr) {
      return NotOneSelect(absl::StrCat("asks for ", authoriser_.denied, ", which is not allowed"));
    }
    switch (code & 0xff) {
      case SQLITE_NOMEM:
      case SQLITE_TOOBIG:
      case SQLITE_FULL:
        return absl::ResourceExhaustedError(
            "the query needs more memory than the trainer has, or meets a value of more than 64 MiB; sort and group "
            "less, "
            "or raise sandbox.memory_mib");
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return absl::UnavailableError(
            absl::StrCat(where, " is being written to by another program; try again, or hand over a copy"));
      case SQLITE_READONLY:
        return absl::InvalidArgumentError(
            absl::StrCat(where, " has an unfinished transaction; open it once with the program that it belongs to"));
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        return absl::InvalidArgumentError(absl::StrCat(where, " is damaged; check it with PRAGMA integrity_check"));
      default:
        break;
    }
    if (preparing) {
      return absl::InvalidArgumentError(
          absl::StrCat("the mapping's sqlite.query cannot be run: ", sqlite::sqlite3_errmsg(connection_)));
    }
    return absl::InvalidArgumentError(
        absl::StrCat("the query on ", where, " failed while it ran: ", sqlite::sqlite3_errstr(code)));
  }

  void ReadField(size_t index) {
    const int column = static_cast<int>(index);
    fields_[index].clear();
    switch (sqlite::sqlite3_column_type(stepping_, column)) {
      case SQLITE_NULL:
        kinds_[index] = FieldKind::kNull;
        return;
      case SQLITE_BLOB:
        kinds_[index] = FieldKind::kBlob;
        return;
      case SQLITE_FLOAT:
        kinds_[index] = FieldKind::kNumber;
        numbers_[index] = sqlite::sqlite3_column_double(stepping_, column);
        return;
      case SQLITE_INTEGER:
        kinds_[index] = FieldKind::kText;
        absl::StrAppend(&fields_[index], static_cast<int64_t>(sqlite::sqlite3_column_int64(stepping_, column)));
        return;
      default:
        ReadText(column, index);
    }
  }
  void ReadText(int column, size_t index) {
    const auto* bytes = reinterpret_cast<const char*>(sqlite::sqlite3_column_text(stepping_, column));
    const auto size = static_cast<size_t>(sqlite::sqlite3_column_bytes(stepping_, column));
    if (bytes == nullptr) throw std::bad_alloc();
    kinds_[index] = SetText(absl::string_view(bytes, size), fields_[index]);
  }

  const SqliteOptions& options_;
  Authoriser authoriser_;
  soci::session session_;
  sqlite::sqlite3* connection_ = nullptr;
  sqlite::sqlite3_stmt* stepping_ = nullptr;
  // Of the current row; kept so that their memory is used again.
  std::vector<std::string> fields_;
  std::vector<FieldKind> kinds_;
  std::vector<double> numbers_;
};

}  // namespace

absl::Status ReadSqlite(const SqliteOptions& options, DataFaults& faults, const TableVisitor& visitor) {
  Query query(options);
  try {
    ACCORD_RETURN_IF_ERROR(query.Open());
    ACCORD_RETURN_IF_ERROR(query.Check());
    return query.Run(visitor, faults);
  } catch (const soci::soci_error&) {
    return query.Explain();
  }
}

}  // namespace accord
