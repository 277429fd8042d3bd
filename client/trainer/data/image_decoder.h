// Pixels of PNG and JPEG files, as they are stored: no colour management, no rotation by EXIF, nothing scaled, and
// nothing that would have to be guessed. Bytes that are no such image, damaged or cut off are refused; the sizes are
// held against what is expected before any pixel's memory is taken.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

struct Raster {
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t channels = 0;         // 1 grey, 2 grey and opacity, 3 red, green, blue, 4 with opacity
  uint32_t bits = 8;             // of a sample: 8 or 16
  bool all_grey = false;         // of 3 or 4 channels: a palette of greys alone
  std::vector<uint8_t> samples;  // row by row, pixel by pixel; 16 bits big-endian

  bool has_opacity() const { return channels == 2 || channels == 4; }
};

// An image on its way to become a row: a raster, or the numbers that the model gets, where a format has other values
// than colours.
struct DecodedImage {
  Raster raster;
  std::vector<float> numbers;
};

enum class ImageFormat { kPng, kJpeg };
// By the first bytes, whatever the file is called. INVALID_ARGUMENT for anything else, in words that name a few
// formats.
absl::StatusOr<ImageFormat> FormatOf(absl::string_view file);

// INVALID_ARGUMENT in words for a person: of another size, damaged or cut off, of a kind that is not taken.
absl::StatusOr<Raster> DecodeImage(absl::string_view file, uint32_t width, uint32_t height);

// Brings the raster to the schema's channels, in place: opacity is dropped where every pixel is opaque, and a palette
// of greys becomes grey. INVALID_ARGUMENT in words for what would lose or invent something: colour for one channel,
// grey for three, transparent pixels.
absl::Status FitChannels(uint32_t channels, Raster& raster);

// From pixel by pixel to channel by channel. `out`: as many values as there are samples; `bits` of bytes must be 8;
// numbers are 0 to 1.
void ToPlanes(const Raster& raster, absl::Span<uint8_t> out);
void ToPlanes(const Raster& raster, absl::Span<float> out);

// For image_decoder.cc alone: the two formats, and the message of an image of another size.
absl::StatusOr<Raster> DecodePng(absl::string_view file, uint32_t width, uint32_t height);
absl::StatusOr<Raster> DecodeJpeg(absl::string_view file, uint32_t width, uint32_t height);
absl::Status CheckSize(uint64_t width, uint64_t height, uint32_t wanted_width, uint32_t wanted_height);

}  // namespace accord
