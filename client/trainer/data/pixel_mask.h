// Masks: the level of each pixel of an image, as a site stores them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/trainer/data/byte_levels.h"
#include "proto/accord/v1/job.pb.h"

namespace accord {

// Turns codes into the levels' numbers, in place. INVALID_ARGUMENT in words that suit behind the mask's name.
absl::Status CodesToLevels(const ByteLevels& levels, absl::Span<uint8_t> mask);

// The codes in a PNG file of grey with at most 8 bits (fewer bits fill the range 0 to 255), or with a palette of greys,
// as large as the image. INVALID_ARGUMENT likewise: JPEG, which blurs codes; another size; 16 bits; colours; damage.
absl::StatusOr<std::vector<uint8_t>> DecodeMask(absl::string_view file, const v1::Image& image);

}  // namespace accord
