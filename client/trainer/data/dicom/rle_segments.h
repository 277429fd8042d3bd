// Whether compressed pixels in DICOM's run-length encoding are whole.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace accord {

// INVALID_ARGUMENT unless `fragment` has so many segments, and each unpacks to so many bytes at least: DCMTK would fill
// up with zeros what is missing. Source: DICOM PS3.5, annex G.
absl::Status CheckRle(absl::string_view fragment, uint32_t segments, uint64_t bytes);

}  // namespace accord
