// One image of a DICOM file, through DCMTK.
//
// DCMTK is handed no more than dicom_elements.h lets through. It is C++ of many years, given bytes that a site got from
// elsewhere, and runs in the trainer's sandbox alone: no network, no file but the data, memory up to a limit.
//
// What it would take from its surroundings it does not get here: its dictionary is the list of dicom_tags.h whatever
// DCMDICTPATH says (Debian's has no built-in one), its log is off (it quotes values), and no identifier is drawn when
// an image is unpacked. Not thread-safe: the codecs are DCMTK's global state. A trainer reads its data in one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/trainer/data/image_decoder.h"
#include "proto/accord/v1/job.pb.h"
#include "proto/accord/v1/site.pb.h"

namespace accord {

// As much as can be said without a schema: a single image, written in a way that is read, whose attributes fit.
absl::Status CheckDicom(absl::string_view file);

// The PatientID of a file, of which nothing else need be right. INVALID_ARGUMENT, in words without it, where there is
// none that could be compared.
absl::StatusOr<std::string> DicomPatientId(absl::string_view file);

// A grey image as numbers from 0 to 1 by the source's window, a colour image as bytes. INVALID_ARGUMENT in words for a
// person, without anything that the file says but its size. Memory, besides the file: twice the pixels as they are
// stored, known from the size, which is held against the schema first.
absl::StatusOr<DecodedImage> DecodeDicom(absl::string_view file, const v1::DicomSource& source, const v1::Image& image);

}  // namespace accord
