// A row of a table, wherever it comes from: a CSV file, a query's result, an array with its label table.
#pragma once

#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace accord {

enum class FieldKind : uint8_t {
  kText,
  kNumber,   // in `numbers`, as the source holds it; the text is empty
  kNull,     // of a database: not measured
  kBlob,     // bytes, which are neither text nor a number
  kNotText,  // text with bytes that are not UTF-8, or with a zero byte
  kTooLong,
  kOtherType,  // of a database: neither text nor a number, such as an array
};

struct TableRow {
  uint64_t line = 0;  // where it stands, from 1: the line in which it begins, or the row of a query's result
  absl::Span<const std::string> fields;
  absl::Span<const FieldKind> kinds;  // one a field; empty: all are texts
  absl::Span<const double> numbers;   // one a field where any is a number, else empty

  FieldKind KindOf(size_t field) const { return field < kinds.size() ? kinds[field] : FieldKind::kText; }
};

// How far the reading has got. `total` 0: nobody knows how far it goes.
struct TablePosition {
  uint64_t done = 0;
  uint64_t total = 0;
};

}  // namespace accord
