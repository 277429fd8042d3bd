#include "client/trainer/data/dicom/dicom_header.h"

#include <dcmtk/config/osconfig.h>
// Wants the above.
#include <dcmtk/dcmdata/dctk.h>

#include <cmath>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "client/trainer/data/dicom/element_cursor.h"

namespace accord {
namespace {

absl::Status BadAttribute(const char* name) {
  return RefusedDicom(absl::StrCat("has no ", name, " that can be used (DICOM)"));
}

absl::StatusOr<uint32_t> NumberOf(DcmDataset& dataset, const DcmTagKey& tag, const char* name) {
  Uint16 value = 0;
  if (dataset.findAndGetUint16(tag, value).bad()) return BadAttribute(name);
  return uint32_t{value};
}

// The whole value without blanks around it; empty where there is none.
std::string TextOf(DcmDataset& dataset, const DcmTagKey& tag) {
  OFString value;
  if (dataset.findAndGetOFStringArray(tag, value).bad()) return "";
  return std::string(absl::StripAsciiWhitespace(absl::string_view(value.c_str(), value.size())));
}

// The first of the decimal numbers of an attribute; nothing where it is absent or empty, NaN where it is no number.
std::optional<double> DecimalOf(DcmDataset& dataset, const DcmTagKey& tag) {
  const std::string text = TextOf(dataset, tag);
  if (text.empty()) return std::nullopt;
  double value = 0;
  if (!absl::SimpleAtod(text.substr(0, text.find('\\')), &value) || !std::isfinite(value)) return std::nan("");
  return value;
}

absl::Status ReadColours(DcmDataset& dataset, DicomHeader& header) {
  const std::string name = TextOf(dataset, DCM_PhotometricInterpretation);
  if (name == "MONOCHROME1" || name == "MONOCHROME2") {
    header.inverted = name == "MONOCHROME1";
    const std::string shape = TextOf(dataset, DCM_PresentationLUTShape);
    // C.11.6: of the images that have it, IDENTITY goes with MONOCHROME2 and INVERSE with MONOCHROME1.
    if (!shape.empty() && shape != (header.inverted ? "INVERSE" : "IDENTITY")) {
      return RefusedDicom(
          "contradicts itself in which values are white (DICOM: PhotometricInterpretation and "
          "PresentationLUTShape)");
    }
  } else if (name == "RGB") {
    header.colours = DicomColours::kRgb;
  } else if (name == "YBR_FULL") {
    header.colours = DicomColours::kYbrFull;
  } else if (name == "YBR_FULL_422") {
    header.colours = DicomColours::kYbrFull422;
  } else if (name == "PALETTE COLOR") {
    return RefusedDicom("has a palette of colours (DICOM); convert it to RGB or grey");
  } else {
    return BadAttribute("PhotometricInterpretation");
  }
  ACCORD_ASSIGN_OR_RETURN(header.channels, NumberOf(dataset, DCM_SamplesPerPixel, "SamplesPerPixel"));
  if (header.channels != (header.colours == DicomColours::kGrey ? 1u : 3u)) return BadAttribute("SamplesPerPixel");
  if (header.channels == 1) return absl::OkStatus();
  ACCORD_ASSIGN_OR_RETURN(const uint32_t planes, NumberOf(dataset, DCM_PlanarConfiguration, "PlanarConfiguration"));
  if (planes > 1) return BadAttribute("PlanarConfiguration");
  header.by_plane = planes == 1;
  return absl::OkStatus();
}

absl::Status ReadBits(DcmDataset& dataset, DicomHeader& header) {
  ACCORD_ASSIGN_OR_RETURN(header.bits_allocated, NumberOf(dataset, DCM_BitsAllocated, "BitsAllocated"));
  ACCORD_ASSIGN_OR_RETURN(header.bits_stored, NumberOf(dataset, DCM_BitsStored, "BitsStored"));
  ACCORD_ASSIGN_OR_RETURN(header.high_bit, NumberOf(dataset, DCM_HighBit, "HighBit"));
  ACCORD_ASSIGN_OR_RETURN(const uint32_t sign, NumberOf(dataset, DCM_PixelRepresentation, "PixelRepresentation"));
  header.is_signed = sign == 1;
  const bool grey = header.channels == 1;
  if (header.bits_allocated != 8 && (header.bits_allocated != 16 || !grey)) {
    return RefusedDicom(grey ? "has neither 8 nor 16 bits a pixel (DICOM)"
                             : "has colours of other than 8 bits (DICOM)");
  }
  if (header.bits_stored == 0 || header.bits_stored > header.bits_allocated) return BadAttribute("BitsStored");
  if (header.high_bit >= header.bits_allocated || header.high_bit + 1 < header.bits_stored) {
    return BadAttribute("HighBit");
  }
  if (sign > 1) return BadAttribute("PixelRepresentation");
  if (!grey && (header.bits_stored != 8 || header.is_signed)) {
    return RefusedDicom("has colours of other than 8 bits (DICOM)");
  }
  return absl::OkStatus();
}

absl::Status ReadRescaling(DcmDataset& dataset, DicomHeader& header) {
  header.slope = DecimalOf(dataset, DCM_RescaleSlope).value_or(1);
  header.intercept = DecimalOf(dataset, DCM_RescaleIntercept).value_or(0);
  constexpr double kLargest = 1e15;  // so that no value in between overflows
  if (!(std::abs(header.slope) <= kLargest) || header.slope == 0) return BadAttribute("RescaleSlope");
  if (!(std::abs(header.intercept) <= kLargest)) return BadAttribute("RescaleIntercept");
  return absl::OkStatus();
}

absl::Status ReadWindow(DcmDataset& dataset, DicomHeader& header) {
  const std::optional<double> center = DecimalOf(dataset, DCM_WindowCenter);
  const std::optional<double> width = DecimalOf(dataset, DCM_WindowWidth);
  if (!center.has_value() && !width.has_value()) return absl::OkStatus();
  if (!center.has_value() || std::isnan(*center)) return BadAttribute("WindowCenter");
  const std::string function = TextOf(dataset, DCM_VOILUTFunction);
  const bool exact = function == "LINEAR_EXACT";
  if (!exact && !function.empty() && function != "LINEAR") {
    header.window.kind = DicomWindow::Kind::kOther;
    return absl::OkStatus();
  }
  // C.11.2.1.2 and C.11.2.1.3.2; a width that is no number fails both.
  if (!width.has_value() || !(exact ? *width > 0 : *width >= 1)) return BadAttribute("WindowWidth");
  header.window = {exact ? DicomWindow::Kind::kLinearExact : DicomWindow::Kind::kLinear, *center, *width};
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DicomHeader> ReadDicomHeader(DcmDataset& dataset) {
  DicomHeader header;
  const std::string frames = TextOf(dataset, DCM_NumberOfFrames);
  int number = 0;
  if (!frames.empty() && (!absl::SimpleAtoi(frames, &number) || number != 1)) {
    return RefusedDicom("holds more than one frame (DICOM); export each as a file of its own");
  }
  ACCORD_ASSIGN_OR_RETURN(header.height, NumberOf(dataset, DCM_Rows, "Rows"));
  ACCORD_ASSIGN_OR_RETURN(header.width, NumberOf(dataset, DCM_Columns, "Columns"));
  ACCORD_RETURN_IF_ERROR(ReadColours(dataset, header));
  ACCORD_RETURN_IF_ERROR(ReadBits(dataset, header));
  ACCORD_RETURN_IF_ERROR(ReadRescaling(dataset, header));
  ACCORD_RETURN_IF_ERROR(ReadWindow(dataset, header));
  return header;
}

absl::StatusOr<std::string> ReadPatientId(DcmDataset& dataset) {
  const std::string id = TextOf(dataset, DCM_PatientID);
  if (id.empty()) return RefusedDicom("has no PatientID, so nobody can tell whether that person opted out");
  const bool comparable = absl::c_all_of(id, [](char c) { return absl::ascii_isprint(static_cast<unsigned char>(c)); });
  if (!comparable || absl::StrContains(id, '\\')) {
    return RefusedDicom(
        "has a PatientID beyond ASCII, or several, which cannot be held against the opt-out list; map "
        "person_id to a column of the label table");
  }
  return id;
}

}  // namespace accord
