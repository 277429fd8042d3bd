// What a DICOM file's attributes say of its pixels.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

class DcmDataset;

namespace accord {

struct DicomWindow {
  // kOther: by a table, or by a function that is not linear.
  enum class Kind { kNone, kLinear, kLinearExact, kOther };
  Kind kind = Kind::kNone;
  double center = 0;
  double width = 1;  // of kLinear at least 1, of kLinearExact more than 0
};

enum class DicomColours { kGrey, kRgb, kYbrFull, kYbrFull422 };

struct DicomHeader {
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t channels = 1;  // 1 or 3
  DicomColours colours = DicomColours::kGrey;
  bool by_plane = false;        // of three channels: one after the other rather than pixel by pixel
  bool inverted = false;        // MONOCHROME1
  uint32_t bits_allocated = 8;  // 8 or 16; colours 8
  uint32_t bits_stored = 8;
  uint32_t high_bit = 7;
  bool is_signed = false;
  double slope = 1;
  double intercept = 0;
  DicomWindow window;
};

// INVALID_ARGUMENT in words that suit behind the file's name: what is missing, contradicts itself or is not taken.
// Nothing that the file says is in them.
absl::StatusOr<DicomHeader> ReadDicomHeader(DcmDataset& dataset);

// The PatientID. INVALID_ARGUMENT where there is none that could be compared.
absl::StatusOr<std::string> ReadPatientId(DcmDataset& dataset);

}  // namespace accord
