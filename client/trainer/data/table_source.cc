#include "client/trainer/data/table_source.h"

#include <utility>
#include <vector>

#include "client/trainer/data/csv_reader.h"
#include "client/trainer/data/database_rows.h"
#include "client/trainer/data/npy_table.h"
#include "client/trainer/data/sqlite_source.h"

namespace accord {
namespace {

absl::Status ReadRows(const CsvOptions& options, bool begun, DataFaults& faults, const TableVisitor& visitor) {
  return ReadCsv(options, faults, [&](const TableRow& row, const TablePosition& position) {
    const bool go_on =
        std::exchange(begun, true) ? visitor.on_row(row, position) : visitor.on_names(row.fields, row.line);
    return go_on && !faults.fatal();
  });
}

}  // namespace

v1::DataFault::Place PlaceOf(const v1::DatasetMapping& mapping) {
  return mapping.has_sqlite() || mapping.has_postgresql() ? v1::DataFault::ROW : v1::DataFault::LINE;
}

absl::Status ReadCsvTable(const std::string& path, uint64_t max_bytes, DataFaults& faults,
                          const TableVisitor& visitor) {
  return ReadRows({path, ',', max_bytes}, false, faults, visitor);
}

absl::Status ReadTable(const DataRequest& request, DataFaults& faults, const TableVisitor& visitor) {
  const v1::DatasetMapping& mapping = *request.mapping;
  const uint64_t max_bytes = request.max_bytes;
  if (mapping.has_postgresql()) return ReadDatabaseRows(request, faults, visitor);
  if (mapping.has_sqlite()) {
    return ReadSqlite({mapping.sqlite().file(), mapping.sqlite().query(), max_bytes}, faults, visitor);
  }
  if (mapping.has_npy()) return ReadNpyTable(mapping.npy(), max_bytes, faults, visitor);
  const v1::CsvSource& source = mapping.csv();
  const bool has_names = source.header_size() > 0;
  if (has_names) {
    const std::vector<std::string> names(source.header().begin(), source.header().end());
    if (!visitor.on_names(names, 0) || faults.fatal()) return absl::OkStatus();
  }
  const char delimiter = source.delimiter().empty() ? ',' : source.delimiter()[0];
  return ReadRows({source.file(), delimiter, max_bytes}, has_names, faults, visitor);
}

}  // namespace accord
