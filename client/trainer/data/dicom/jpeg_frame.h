// What a JPEG or JPEG-LS stream inside a DICOM file says of itself, before anything is unpacked.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

struct JpegFrame {
  uint8_t process = 0;  // the marker's second byte: 0xc0 baseline, 0xc1 extended, 0xc3 lossless, 0xf7 JPEG-LS
  uint32_t bits = 0;    // of a sample
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t channels = 0;
};

// INVALID_ARGUMENT when `stream` does not begin as one, up to the header of its frame.
// Source: ITU-T T.81, B.2.2; ITU-T T.87, C.2.2.
absl::StatusOr<JpegFrame> ReadJpegFrame(absl::string_view stream);

}  // namespace accord
