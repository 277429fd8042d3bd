#include "client/trainer/data/pixel_mask.h"

#include <utility>

#include "base/status.h"
#include "client/trainer/data/image_decoder.h"

namespace accord {

absl::Status CodesToLevels(const ByteLevels& levels, absl::Span<uint8_t> mask) {
  for (uint8_t& pixel : mask) {
    const std::optional<int> level = levels[pixel];
    if (!level.has_value()) return absl::InvalidArgumentError("has a pixel of an undeclared level");
    pixel = static_cast<uint8_t>(*level);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint8_t>> DecodeMask(absl::string_view file, const v1::Image& image) {
  ACCORD_ASSIGN_OR_RETURN(const ImageFormat format, FormatOf(file));
  if (format != ImageFormat::kPng) {
    return absl::InvalidArgumentError("is JPEG, which changes the codes of pixels; save masks as PNG");
  }
  ACCORD_ASSIGN_OR_RETURN(Raster raster, DecodeImage(file, image.width(), image.height()));
  if (raster.bits > 8) return absl::InvalidArgumentError("has 16 bits a sample; save masks with 8");
  ACCORD_RETURN_IF_ERROR(FitChannels(1, raster));
  return std::move(raster.samples);
}

}  // namespace accord
