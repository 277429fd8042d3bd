#include "client/trainer/data/dicom/rle_segments.h"

#include "client/trainer/data/dicom/element_cursor.h"

namespace accord {
namespace {

constexpr size_t kHeaderBytes = 64;  // the number of segments and 15 offsets, little-endian
constexpr uint32_t kMaxSegments = 15;

uint32_t WordAt(absl::string_view text, size_t at) {
  uint32_t word = 0;
  for (size_t i = 4; i > 0; --i) word = word << 8 | static_cast<uint8_t>(text[at + i - 1]);
  return word;
}

// How much the segment unpacks to, up to `most`.
uint64_t UnpackedBytes(absl::string_view segment, uint64_t most) {
  uint64_t bytes = 0;
  for (size_t at = 0; at + 1 < segment.size() && bytes < most;) {
    const auto control = static_cast<int8_t>(segment[at]);
    if (control >= 0) {
      const size_t literal = static_cast<size_t>(control) + 1;
      if (literal > segment.size() - at - 1) return bytes;
      bytes += literal;
      at += 1 + literal;
    } else if (control == -128) {
      ++at;  // says nothing
    } else {
      bytes += static_cast<uint64_t>(1 - control);
      at += 2;
    }
  }
  return bytes;
}

}  // namespace

absl::Status CheckRle(absl::string_view fragment, uint32_t segments, uint64_t bytes) {
  if (fragment.size() < kHeaderBytes || segments > kMaxSegments || WordAt(fragment, 0) != segments) {
    return DamagedDicom();
  }
  for (uint32_t i = 0; i < segments; ++i) {
    const uint32_t begin = WordAt(fragment, 4 + 4 * i);
    const size_t end = i + 1 < segments ? WordAt(fragment, 8 + 4 * i) : fragment.size();
    if (begin < kHeaderBytes || begin > end || end > fragment.size()) return DamagedDicom();
    if (UnpackedBytes(fragment.substr(begin, end - begin), bytes) < bytes) return DamagedDicom();
  }
  return absl::OkStatus();
}

}  // namespace accord
