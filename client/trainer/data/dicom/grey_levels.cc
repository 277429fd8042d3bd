#include "client/trainer/data/dicom/grey_levels.h"

#include <algorithm>

#include "client/trainer/data/dicom/element_cursor.h"

namespace accord {

absl::StatusOr<GreyLevels> GreyLevels::Create(const v1::DicomSource& source, const DicomHeader& header) {
  GreyLevels levels;
  levels.slope_ = header.slope;
  levels.intercept_ = header.intercept;
  levels.shift_ = header.high_bit + 1 - header.bits_stored;
  levels.mask_ = (uint32_t{1} << header.bits_stored) - 1;
  levels.sign_bit_ = header.is_signed ? uint32_t{1} << (header.bits_stored - 1) : 0;
  levels.inverted_ = header.inverted;
  if (source.window() == v1::DicomSource::GIVEN) {
    levels.center_ = source.window_center();
    levels.width_ = source.window_width();
    return levels;
  }
  if (source.window() == v1::DicomSource::STORED_BITS) {
    const double smallest = -static_cast<double>(levels.sign_bit_);
    const double first = header.slope * smallest + header.intercept;
    const double last = header.slope * (smallest + levels.mask_) + header.intercept;
    levels.kind_ = Kind::kRange;
    levels.center_ = std::min(first, last);
    levels.width_ = std::max(first, last) - levels.center_;
    return levels;
  }
  if (header.window.kind == DicomWindow::Kind::kNone) {
    return RefusedDicom(
        "has no window of its own (DICOM); set dicom.window_center and window_width, or window: stored_bits");
  }
  if (header.window.kind == DicomWindow::Kind::kOther) {
    return RefusedDicom(
        "has a window that is not linear (DICOM); set dicom.window_center and window_width, or window: stored_bits");
  }
  levels.kind_ = header.window.kind == DicomWindow::Kind::kLinearExact ? Kind::kLinearExact : Kind::kLinear;
  levels.center_ = header.window.center;
  levels.width_ = header.window.width;
  return levels;
}

double GreyLevels::Windowed(double value) const {
  if (kind_ == Kind::kRange) return (value - center_) / width_;
  if (kind_ == Kind::kLinearExact) {
    if (value <= center_ - width_ / 2) return 0;
    if (value > center_ + width_ / 2) return 1;
    return (value - center_) / width_ + 0.5;
  }
  // A width of 1 is a step between two values.
  if (value <= center_ - 0.5 - (width_ - 1) / 2) return 0;
  if (value > center_ - 0.5 + (width_ - 1) / 2) return 1;
  return (value - (center_ - 0.5)) / (width_ - 1) + 0.5;
}

float GreyLevels::Of(uint16_t cell) const {
  const uint32_t bits = uint32_t{cell} >> shift_ & mask_;
  const double stored = (bits & sign_bit_) != 0 ? static_cast<double>(bits) - mask_ - 1 : static_cast<double>(bits);
  const double grey = std::clamp(Windowed(slope_ * stored + intercept_), 0.0, 1.0);
  return static_cast<float>(inverted_ ? 1 - grey : grey);
}

}  // namespace accord
