// The elements of a DICOM file that are read (PS3.6), and nothing else of it is.
#pragma once

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace accord {

struct DicomTag {
  uint16_t group;
  uint16_t element;
  absl::string_view vr;  // value representation
  const char* name;      // DICOM's keyword
};

inline constexpr std::array<DicomTag, 18> kDicomTags = {{
    {0x0010, 0x0020, "LO", "PatientID"},
    {0x0028, 0x0002, "US", "SamplesPerPixel"},
    {0x0028, 0x0004, "CS", "PhotometricInterpretation"},
    {0x0028, 0x0006, "US", "PlanarConfiguration"},
    {0x0028, 0x0008, "IS", "NumberOfFrames"},
    {0x0028, 0x0010, "US", "Rows"},
    {0x0028, 0x0011, "US", "Columns"},
    {0x0028, 0x0100, "US", "BitsAllocated"},
    {0x0028, 0x0101, "US", "BitsStored"},
    {0x0028, 0x0102, "US", "HighBit"},
    {0x0028, 0x0103, "US", "PixelRepresentation"},
    {0x0028, 0x1050, "DS", "WindowCenter"},
    {0x0028, 0x1051, "DS", "WindowWidth"},
    {0x0028, 0x1052, "DS", "RescaleIntercept"},
    {0x0028, 0x1053, "DS", "RescaleSlope"},
    {0x0028, 0x1056, "CS", "VOILUTFunction"},
    {0x2050, 0x0020, "CS", "PresentationLUTShape"},
    {0x7fe0, 0x0010, "OW", "PixelData"},
}};

// What DCMTK's decoders write into a data set that they unpack, besides some of the above.
inline constexpr std::array<DicomTag, 3> kDecoderTags = {{
    {0x0028, 0x2110, "CS", "LossyImageCompression"},
    {0x0028, 0x2112, "DS", "LossyImageCompressionRatio"},
    {0x0028, 0x2114, "CS", "LossyImageCompressionMethod"},
}};

}  // namespace accord
