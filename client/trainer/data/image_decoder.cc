#include "client/trainer/data/image_decoder.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace accord {
namespace {

constexpr size_t kDicomMagicAt = 128;

uint32_t SampleAt(const Raster& raster, size_t index) {
  if (raster.bits == 8) return raster.samples[index];
  return uint32_t{raster.samples[2 * index]} << 8 | raster.samples[2 * index + 1];
}

bool IsOpaque(const Raster& raster) {
  const uint32_t opaque = raster.bits == 8 ? 0xff : 0xffff;
  const size_t count = size_t{raster.width} * raster.height * raster.channels;
  for (size_t i = raster.channels - 1; i < count; i += raster.channels) {
    if (SampleAt(raster, i) != opaque) return false;
  }
  return true;
}

// Keeps the first channels of each pixel.
void KeepChannels(uint32_t channels, Raster& raster) {
  const size_t old_bytes = size_t{raster.channels} * raster.bits / 8;
  const size_t new_bytes = size_t{channels} * raster.bits / 8;
  const size_t pixels = size_t{raster.width} * raster.height;
  for (size_t i = 0; i < pixels; ++i) {
    std::copy_n(raster.samples.begin() + static_cast<ptrdiff_t>(i * old_bytes), new_bytes,
                raster.samples.begin() + static_cast<ptrdiff_t>(i * new_bytes));
  }
  raster.samples.resize(pixels * new_bytes);
  raster.channels = channels;
}

// place(value, plane, pixel) for each sample.
template <typename Place>
void ForEachSample(const Raster& raster, Place place) {
  const size_t pixels = size_t{raster.width} * raster.height;
  for (size_t channel = 0; channel < raster.channels; ++channel) {
    for (size_t pixel = 0; pixel < pixels; ++pixel) {
      place(SampleAt(raster, pixel * raster.channels + channel), channel * pixels + pixel);
    }
  }
}

}  // namespace

absl::StatusOr<ImageFormat> FormatOf(absl::string_view file) {
  if (absl::StartsWith(file, "\x89PNG\r\n\x1a\n")) return ImageFormat::kPng;
  if (absl::StartsWith(file, "\xff\xd8\xff")) return ImageFormat::kJpeg;
  if (file.empty()) return absl::InvalidArgumentError("is empty");
  if (file.size() > kDicomMagicAt && absl::StartsWith(file.substr(kDicomMagicAt), "DICM")) {
    return absl::InvalidArgumentError("is DICOM; map it by a dicom source, or export its pixels as PNG");
  }
  return absl::InvalidArgumentError("is neither PNG nor JPEG");
}

absl::Status CheckSize(uint64_t width, uint64_t height, uint32_t wanted_width, uint32_t wanted_height) {
  if (width == wanted_width && height == wanted_height) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("is ", width, " pixels wide and ", height, " high; the schema says ",
                                                 wanted_width, " and ", wanted_height));
}

absl::StatusOr<Raster> DecodeImage(absl::string_view file, uint32_t width, uint32_t height) {
  ACCORD_ASSIGN_OR_RETURN(const ImageFormat format, FormatOf(file));
  return format == ImageFormat::kPng ? DecodePng(file, width, height) : DecodeJpeg(file, width, height);
}

absl::Status FitChannels(uint32_t channels, Raster& raster) {
  if (raster.channels == channels) return absl::OkStatus();
  const bool opaque = !raster.has_opacity() || IsOpaque(raster);
  const uint32_t colours = raster.has_opacity() ? raster.channels - 1 : raster.channels;
  const bool fits = colours == channels || (raster.all_grey && channels == 1);
  if (fits && opaque) {
    KeepChannels(channels, raster);
    return absl::OkStatus();
  }
  if (fits) return absl::InvalidArgumentError("has transparent pixels, and the schema has no channel for them");
  return absl::InvalidArgumentError(absl::StrCat(colours == 1 ? "is grey" : "is in colour", "; the schema says ",
                                                 channels, channels == 1 ? " channel" : " channels",
                                                 ". Convert it, so that it is known how"));
}

void ToPlanes(const Raster& raster, absl::Span<uint8_t> out) {
  ForEachSample(raster, [&](uint32_t value, size_t at) { out[at] = static_cast<uint8_t>(value); });
}

void ToPlanes(const Raster& raster, absl::Span<float> out) {
  const float largest = raster.bits == 8 ? 255.0f : 65535.0f;
  ForEachSample(raster, [&](uint32_t value, size_t at) { out[at] = static_cast<float>(value) / largest; });
}

}  // namespace accord
