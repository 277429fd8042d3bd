// Reads a CSV file row by row in bounded memory, however large or broken it is.
//
// RFC 4180 as libcsv reads it: quoted fields, doubled quotes, line ends inside quotes, LF or CRLF, with blanks around
// unquoted fields dropped and blank lines skipped. UTF-8, a byte order mark at the start allowed. What makes the rest
// of the file unreadable is a fatal fault and ends the reading: bytes that are not UTF-8, a zero byte, a stray or
// unclosed quote, a line or field beyond the limits.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/trainer/data/data_faults.h"
#include "client/trainer/data/table_row.h"

namespace accord {

struct CsvOptions {
  std::string path;
  char delimiter = ',';
  uint64_t max_bytes = uint64_t{2} << 30;
};

inline constexpr size_t kMaxCsvFieldBytes = size_t{64} << 10;
inline constexpr size_t kMaxCsvLineBytes = size_t{4} << 20;
inline constexpr size_t kMaxCsvFields = 1 << 16;  // of one row

// `on_row` returns false to stop early; positions count bytes. NOT_FOUND or the like when the file cannot be opened,
// OUT_OF_RANGE when it is larger than max_bytes, UNAVAILABLE when it was written to meanwhile; what is wrong with its
// content goes to `faults`.
absl::Status ReadCsv(const CsvOptions& options, DataFaults& faults,
                     const std::function<bool(const TableRow&, const TablePosition&)>& on_row);

}  // namespace accord
