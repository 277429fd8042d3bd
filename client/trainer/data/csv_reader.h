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
#include "absl/types/span.h"
#include "client/trainer/data/data_faults.h"

namespace accord {

struct CsvOptions {
  std::string path;
  char delimiter = ',';
  uint64_t max_bytes = uint64_t{2} << 30;
};

inline constexpr size_t kMaxCsvFieldBytes = size_t{64} << 10;
inline constexpr size_t kMaxCsvLineBytes = size_t{4} << 20;
inline constexpr size_t kMaxCsvFields = 1 << 16;  // of one row

struct CsvRow {
  uint64_t line = 0;  // in which the row begins, from 1
  absl::Span<const std::string> fields;
};

// How far the reading has got.
struct CsvPosition {
  uint64_t bytes_read = 0;
  uint64_t bytes_total = 0;
};

// `on_row` returns false to stop early. NOT_FOUND or the like when the file cannot be opened, OUT_OF_RANGE when it is
// larger than max_bytes; what is wrong with its content goes to `faults`.
absl::Status ReadCsv(const CsvOptions& options, DataFaults& faults,
                     const std::function<bool(const CsvRow&, const CsvPosition&)>& on_row);

}  // namespace accord
