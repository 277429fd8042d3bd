#include "client/reader/query.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "base/utf8.h"
#include "client/reader/role_check.h"

namespace accord {
namespace {

constexpr char kCursor[] = "accord_rows";
constexpr char kDeclare[] = "DECLARE accord_rows NO SCROLL CURSOR WITHOUT HOLD FOR ";
constexpr char kFetch[] = "FETCH FORWARD 1000 FROM accord_rows";

constexpr char kBegin[] = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

// How values are written, so that they are those of the same rows in a CSV file whatever the server's settings; and a
// plan for all rows, not for the first.
std::string SettingsFor(int64_t patience_ms) {
  return absl::StrCat("SELECT set_config('statement_timeout', '", patience_ms, "', true), set_config('lock_timeout', '",
                      patience_ms,
                      "', true), set_config('idle_in_transaction_session_timeout', '0', true), set_config('DateStyle', "
                      "'ISO, YMD', true), "
                      "set_config('IntervalStyle', 'iso_8601', true), set_config('TimeZone', 'UTC', true), "
                      "set_config('extra_float_digits', '1', true), set_config('cursor_tuple_fraction', '1', true)");
}

// OIDs that never change (pg_type.dat).
constexpr Oid kBytea = 17;
constexpr Oid kUuid = 2950;

using FieldClass = v1::RowBlock::FieldClass;

// Numbers, texts, truth values, dates, intervals and the levels of enumerations are written as texts.
FieldClass ClassOf(Oid type, char category) {
  if (type == kBytea) return v1::RowBlock::BYTES;
  if (type == kUuid || absl::StrContains("NSBDTE", absl::string_view(&category, 1))) return v1::RowBlock::TEXT;
  return v1::RowBlock::OTHER_TYPE;
}

class Rows {
 public:
  Rows(ServerConnection& connection, RowWriter& writer, uint64_t max_bytes)
      : connection_(connection), writer_(writer), max_bytes_(max_bytes) {}

  absl::Status Begin(const std::vector<std::string>& warnings) {
    ACCORD_ASSIGN_OR_RETURN(const ServerResult columns, connection_.Describe(kCursor));
    std::vector<std::string> names;
    for (int i = 0; i < PQnfields(columns.get()); ++i) {
      names.emplace_back(PQfname(columns.get(), i));
      if (!IsUtf8(names.back())) {
        return absl::InvalidArgumentError(
            absl::StrCat("the name of column ", i + 1, " of the query's result is not UTF-8; give it another with AS"));
      }
    }
    ACCORD_RETURN_IF_ERROR(FindClasses(columns.get()));
    return writer_.Begin(names, warnings);
  }
  absl::Status SendAll() {
    for (uint64_t rows = 1; rows > 0;) {
      ACCORD_ASSIGN_OR_RETURN(rows, connection_.ForEachRow(kFetch, [this](const PGresult* row) { return Send(row); }));
      // So that the trainer, and the daemon behind it, see that something happens.
      ACCORD_RETURN_IF_ERROR(writer_.Flush());
      connection_.Renew();
    }
    return absl::OkStatus();
  }

 private:
  absl::Status FindClasses(const PGresult* columns) {
    std::vector<Oid> types;
    for (int i = 0; i < PQnfields(columns); ++i) types.push_back(PQftype(columns, i));
    row_.resize(types.size());
    if (types.empty()) return absl::OkStatus();
    ACCORD_ASSIGN_OR_RETURN(
        const ServerResult found,
        connection_.Execute(absl::StrCat("SELECT oid, typcategory FROM pg_catalog.pg_type WHERE oid IN (",
                                         absl::StrJoin(types, ", "), ")")));
    if (PQnfields(found.get()) != 2) {
      return absl::UnavailableError("the database server does not say of which types the result's columns are");
    }
    absl::flat_hash_map<std::string, char> categories;
    for (int i = 0; i < PQntuples(found.get()); ++i) {
      categories[PQgetvalue(found.get(), i, 0)] = PQgetvalue(found.get(), i, 1)[0];
    }
    for (const Oid type : types) {
      const auto category = categories.find(absl::StrCat(type));
      classes_.push_back(ClassOf(type, category == categories.end() ? 'U' : category->second));
    }
    return absl::OkStatus();
  }

  absl::Status Send(const PGresult* row) {
    if (static_cast<size_t>(PQnfields(row)) != row_.size()) {
      return absl::UnavailableError("the database server sent a row with another number of columns");
    }
    for (size_t i = 0; i < row_.size(); ++i) {
      row_[i] = FieldOf(row, static_cast<int>(i));
      bytes_ += row_[i].text.size() + 1;
    }
    if (bytes_ > max_bytes_) {
      return absl::OutOfRangeError(absl::StrCat("the query's result is larger than the ", max_bytes_ >> 20,
                                                " MiB that sandbox.max_data_mib allows"));
    }
    return writer_.Add(row_);
  }
  StreamField FieldOf(const PGresult* row, int column) const {
    if (PQgetisnull(row, 0, column) != 0) return {v1::RowBlock::NULL_VALUE, {}};
    const FieldClass type = classes_[static_cast<size_t>(column)];
    if (type != v1::RowBlock::TEXT) return {type, {}};
    const absl::string_view text = absl::StripAsciiWhitespace(
        absl::string_view(PQgetvalue(row, 0, column), static_cast<size_t>(PQgetlength(row, 0, column))));
    if (text.size() > kMaxStreamFieldBytes) return {v1::RowBlock::TOO_LONG, {}};
    return {v1::RowBlock::TEXT, text};
  }

  ServerConnection& connection_;
  RowWriter& writer_;
  const uint64_t max_bytes_;
  std::vector<FieldClass> classes_;  // of the columns
  std::vector<StreamField> row_;
  uint64_t bytes_ = 0;
};

}  // namespace

absl::Status RunQuery(const v1::ReadRows& request, ServerConnection& connection, RowWriter& writer) {
  ACCORD_RETURN_IF_ERROR(connection.Execute(kBegin).status());
  ACCORD_RETURN_IF_ERROR(connection.Execute(SettingsFor(int64_t{request.silence_s()} * 1000)).status());
  ACCORD_ASSIGN_OR_RETURN(const std::vector<std::string> warnings, CheckRole(connection));
  const std::string declare = absl::StrCat(kDeclare, request.source().query());
  ACCORD_RETURN_IF_ERROR(connection.Execute(declare, sizeof(kDeclare) - 1).status());
  Rows rows(connection, writer, request.max_bytes());
  ACCORD_RETURN_IF_ERROR(rows.Begin(warnings));
  ACCORD_RETURN_IF_ERROR(rows.SendAll());
  // Not COMMIT: whatever a function of the query did, it is undone, and no NOTIFY goes out.
  return connection.Execute("ROLLBACK").status();
}

}  // namespace accord
