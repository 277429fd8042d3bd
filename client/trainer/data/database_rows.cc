#include "client/trainer/data/database_rows.h"

#include <string>
#include <vector>

#include "client/ipc/row_stream.h"
#include "client/trainer/data/csv_reader.h"
#include "client/trainer/data/text_field.h"

namespace accord {
namespace {

static_assert(kMaxStreamFieldBytes == kMaxCsvFieldBytes, "a text is too long at the same length, wherever it lies");

FieldKind KindOf(const StreamField& field, std::string& text) {
  text.clear();
  switch (field.kind) {
    case v1::RowBlock::TEXT:
      return SetText(field.text, text);
    case v1::RowBlock::NULL_VALUE:
      return FieldKind::kNull;
    case v1::RowBlock::BYTES:
      return FieldKind::kBlob;
    case v1::RowBlock::TOO_LONG:
      return FieldKind::kTooLong;
    default:
      return FieldKind::kOtherType;
  }
}

}  // namespace

absl::Status ReadDatabaseRows(const DataRequest& request, DataFaults& faults, const TableVisitor& visitor) {
  if (request.rows_fd < 0) {
    return absl::FailedPreconditionError(
        "the rows of a database server come by accord-reader, which accord-client alone starts; for this, export them "
        "into a CSV file");
  }
  std::vector<std::string> fields;
  std::vector<FieldKind> kinds;
  TableRow row;
  const auto on_columns = [&](const v1::RowColumns& columns) {
    for (const std::string& warning : columns.warnings()) faults.AddWarning(warning);
    fields.assign(columns.names().begin(), columns.names().end());
    kinds.resize(fields.size());
    const bool go_on = visitor.on_names(fields, 0);
    row.fields = fields;
    row.kinds = kinds;
    return go_on && !faults.fatal();
  };
  const auto on_row = [&](absl::Span<const StreamField> stream_row) {
    ++row.line;
    for (size_t i = 0; i < stream_row.size(); ++i) kinds[i] = KindOf(stream_row[i], fields[i]);
    return visitor.on_row(row, {row.line, 0}) && !faults.fatal();
  };
  const auto on_block = [&](uint64_t rows) {
    if (request.progress) request.progress(rows, 0);
  };
  return TakeRows(request.rows_fd, request.max_bytes, {on_columns, on_row, on_block});
}

}  // namespace accord
