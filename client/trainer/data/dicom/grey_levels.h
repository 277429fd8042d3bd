// From a grey image's stored values to the numbers from 0 to 1 that a model gets.
//
// In double from the stored integers, and once rounded to float at the end: the same bits wherever it is computed.
// DCMTK and other programs round to whole greys in between, each in its own way. Source: DICOM PS3.3, C.11.1.1 (rescale
// slope and intercept), C.11.2.1.2 (LINEAR), C.11.2.1.3.2 (LINEAR_EXACT), C.7.6.3.1.2 (MONOCHROME1: the smallest value
// is white).
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "client/trainer/data/dicom/dicom_header.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

class GreyLevels {
 public:
  // By the mapping's window. INVALID_ARGUMENT in words: the file has no window, or none that is taken.
  static absl::StatusOr<GreyLevels> Create(const v1::DicomSource& source, const DicomHeader& header);

  // The grey, 0 black and 1 white, of a stored value as it lies in the pixels: still with the bits around it that are
  // not the value's.
  float Of(uint16_t cell) const;

 private:
  enum class Kind { kLinear, kLinearExact, kRange };
  double Windowed(double value) const;

  Kind kind_ = Kind::kLinear;
  double center_ = 0;  // c; of kRange the smallest value
  double width_ = 1;   // w; of kRange the largest less the smallest
  double slope_ = 1;
  double intercept_ = 0;
  uint32_t shift_ = 0;
  uint32_t mask_ = 0;
  uint32_t sign_bit_ = 0;  // 0 where values have no sign
  bool inverted_ = false;
};

}  // namespace accord
