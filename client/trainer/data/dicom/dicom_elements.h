// What a DICOM file holds of an image, taken out of everything else that it holds.
//
// A DICOM file is a list of elements, many of which are about the patient, some nested, some of a manufacturer's own.
// Only those that say what the pixels mean go on to DCMTK, so nothing else can be shown by it, and no sequence, private
// element or length that lies ever reaches its reader, which takes memory by announced lengths and calls itself for
// each level of nesting. Here every length is held against what the file has, nothing is called recursively, and no
// memory is taken but for what is kept.
// Source: DICOM PS3.5 (elements: 7.1, sequences: 7.5, encapsulated pixels: A.4), PS3.10 (7.1, the file's beginning).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace accord {

// How the elements and the pixels are written (PS3.5 A), as far as it is taken.
enum class DicomSyntax {
  kImplicitLittleEndian,
  kExplicitLittleEndian,  // also where the file is deflated
  kExplicitBigEndian,
  kRle,
  kJpegBaseline,
  kJpegExtended,
  kJpegLossless,
  kJpegLosslessFirstOrder,
  kJpegLs,
  kJpegLsNearLossless,
};
bool IsEncapsulated(DicomSyntax syntax);

struct DicomElements {
  DicomSyntax syntax = DicomSyntax::kExplicitLittleEndian;
  // The elements of dicom_tags.h that the file has, each at most once, as they are written in it. Pixels come last.
  std::string bytes;
  bool has_pixels = false;
  bool has_modality_table = false;  // (0028,3000)
  // Of encapsulated pixels.
  std::string first_fragment = {};
  uint64_t num_fragments = 0;
};

inline constexpr uint64_t kMaxInflatedDicomBytes = uint64_t{128} << 20;

// INVALID_ARGUMENT in words that suit behind the file's name, without anything that the file says.
absl::StatusOr<DicomElements> ReadDicomElements(absl::string_view file);

}  // namespace accord
