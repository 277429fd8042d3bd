// Arrays in NumPy's .npy format: a magic number, a header that is a Python literal, then the numbers.
// Source: NEP 1 and numpy.lib.format, versions 1.0 to 3.0.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/file.h"

namespace accord {

enum class NpyType { kUint8, kInt16, kInt32, kFloat32, kFloat64 };
size_t BytesOf(NpyType type);

struct NpyHeader {
  NpyType type = NpyType::kUint8;
  std::vector<uint64_t> shape;
};

// The literal, as in {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. INVALID_ARGUMENT with what is not as
// expected: no such literal, another type or byte order, Fortran order, objects, more than kMaxNpyDimensions.
inline constexpr size_t kMaxNpyDimensions = 4;
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view literal);

// An array, checked but not read. Movable.
class NpyFile {
 public:
  // INVALID_ARGUMENT when it is no such file, or not exactly as long as its header says (checked before anything is
  // allocated); OUT_OF_RANGE when larger than `max_bytes`; NOT_FOUND and the like.
  static absl::StatusOr<NpyFile> Open(const std::string& path, uint64_t max_bytes);

  NpyType type() const { return header_.type; }
  const std::vector<uint64_t>& shape() const { return header_.shape; }
  uint64_t num_rows() const { return header_.shape[0]; }
  uint64_t row_elements() const { return row_elements_; }
  // Reads row `row`, which is there: its numbers as doubles (exact for all types), or, of kUint8, its bytes.
  absl::Status Read(uint64_t row, absl::Span<double> out);
  absl::Status ReadBytes(uint64_t row, absl::Span<uint8_t> out) const;

 private:
  std::string path_;
  UniqueFd fd_;
  NpyHeader header_;
  uint64_t row_elements_ = 0;
  uint64_t data_offset_ = 0;
  std::vector<char> buffer_;  // rows buffer_first_ and following
  uint64_t buffer_first_ = 0;
  uint64_t buffer_rows_ = 0;
};

}  // namespace accord
