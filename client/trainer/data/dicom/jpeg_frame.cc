#include "client/trainer/data/dicom/jpeg_frame.h"

#include "absl/strings/match.h"
#include "client/trainer/data/dicom/element_cursor.h"

namespace accord {
namespace {

constexpr size_t kFrameHeadBytes = 8;  // length, bits, height, width, number of channels

bool IsFrame(uint8_t marker) {
  const bool sof = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  return sof || marker == 0xf7;
}

// Markers of segments that may stand in front of a frame: tables, comments, applications' own, JPEG-LS presets.
bool MayPrecede(uint8_t marker) {
  return marker == 0xc4 || marker == 0xcc || marker == 0xdb || marker == 0xdd || marker == 0xfe || marker == 0xf8 ||
         (marker >= 0xe0 && marker <= 0xef);
}

}  // namespace

absl::StatusOr<JpegFrame> ReadJpegFrame(absl::string_view stream) {
  if (!absl::StartsWith(stream, "\xff\xd8")) return DamagedDicom();
  stream.remove_prefix(2);
  const auto byte = [&stream](size_t at) { return uint32_t{static_cast<uint8_t>(stream[at])}; };
  const auto word = [&byte](size_t at) { return byte(at) << 8 | byte(at + 1); };
  while (stream.size() >= 4 && byte(0) == 0xff) {
    const auto marker = static_cast<uint8_t>(byte(1));
    if (marker == 0xff) {  // fill
      stream.remove_prefix(1);
      continue;
    }
    const uint32_t length = word(2);
    if (length < 2 || length + 2 > stream.size()) return DamagedDicom();
    stream.remove_prefix(2);
    if (IsFrame(marker)) {
      if (length < kFrameHeadBytes) return DamagedDicom();
      return JpegFrame{marker, byte(2), word(5), word(3), byte(7)};
    }
    if (!MayPrecede(marker)) return DamagedDicom();
    stream.remove_prefix(length);
  }
  return DamagedDicom();
}

}  // namespace accord
