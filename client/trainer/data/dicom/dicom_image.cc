#include "client/trainer/data/dicom/dicom_image.h"

#include <dcmtk/config/osconfig.h>
// Wants the above.
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "base/status.h"
#include "client/trainer/data/dicom/dicom_elements.h"
#include "client/trainer/data/dicom/dicom_header.h"
#include "client/trainer/data/dicom/dicom_tags.h"
#include "client/trainer/data/dicom/element_cursor.h"
#include "client/trainer/data/dicom/grey_levels.h"
#include "client/trainer/data/dicom/jpeg_frame.h"
#include "client/trainer/data/dicom/rle_segments.h"

namespace accord {
namespace {

void AddEntry(const DicomTag& tag, DcmDataDictionary& dictionary) {
  const std::string vr(tag.vr);
  dictionary.addEntry(new DcmDictEntry(tag.group, tag.element, DcmVR(vr.c_str()), tag.name, 1, DcmVariableVM, "DICOM",
                                       /*doCopyStrings=*/OFTrue, nullptr));
}

void FillDictionary() {
  DcmDataDictionary& dictionary = dcmDataDict.wrlock();
  // Without a file and without what is built in: what is left are the delimiters of items and sequences.
  dictionary.reloadDictionaries(/*loadBuiltin=*/OFFalse, /*loadExternal=*/OFFalse);
  for (const DicomTag& tag : kDicomTags) AddEntry(tag, dictionary);
  for (const DicomTag& tag : kDecoderTags) AddEntry(tag, dictionary);
  dcmDataDict.wrunlock();
}

// Once in a process, before anything else of DCMTK.
void SetUpDcmtk() {
  static const bool done = [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    FillDictionary();
    DcmRLEDecoderRegistration::registerCodecs();
    // No new identifier of the unpacked image: that would ask for the time and the machine's address.
    DJDecoderRegistration::registerCodecs(EDC_photometricInterpretation, EUC_never, EPC_colorByPixel);
    DJLSDecoderRegistration::registerCodecs(EJLSUC_never, EJLSPC_colorByPixel);
    return true;
  }();
  static_cast<void>(done);
}

E_TransferSyntax SyntaxOf(DicomSyntax syntax) {
  switch (syntax) {
    case DicomSyntax::kImplicitLittleEndian:
      return EXS_LittleEndianImplicit;
    case DicomSyntax::kExplicitLittleEndian:
      return EXS_LittleEndianExplicit;
    case DicomSyntax::kExplicitBigEndian:
      return EXS_BigEndianExplicit;
    case DicomSyntax::kRle:
      return EXS_RLELossless;
    case DicomSyntax::kJpegBaseline:
      return EXS_JPEGProcess1;
    case DicomSyntax::kJpegExtended:
      return EXS_JPEGProcess2_4;
    case DicomSyntax::kJpegLossless:
      return EXS_JPEGProcess14;
    case DicomSyntax::kJpegLosslessFirstOrder:
      return EXS_JPEGProcess14SV1;
    case DicomSyntax::kJpegLs:
      return EXS_JPEGLSLossless;
    case DicomSyntax::kJpegLsNearLossless:
      return EXS_JPEGLSLossy;
  }
  return EXS_Unknown;
}

absl::StatusOr<std::unique_ptr<DcmDataset>> ReadDataset(const DicomElements& elements) {
  SetUpDcmtk();
  auto dataset = std::make_unique<DcmDataset>();
  if (elements.bytes.empty()) return dataset;
  DcmInputBufferStream stream;
  stream.setBuffer(elements.bytes.data(), static_cast<offile_off_t>(elements.bytes.size()));
  stream.setEos();
  dataset->transferInit();
  const OFCondition read = dataset->read(stream, SyntaxOf(elements.syntax), EGL_noChange, kUndefinedLength);
  dataset->transferEnd();
  if (read.bad()) return DamagedDicom();
  return dataset;
}

// That the compressed stream is of the image that the attributes describe: DCMTK unpacks what the stream says into room
// for what the attributes say.
absl::Status CheckFrame(const DicomElements& elements, const DicomHeader& header) {
  if (elements.syntax == DicomSyntax::kRle) {
    if (elements.num_fragments != 1) return DamagedDicom();  // PS3.5, A.4.2: one for each frame
    const uint32_t segments = header.channels * header.bits_allocated / 8;
    return CheckRle(elements.first_fragment, segments, uint64_t{header.width} * header.height);
  }
  ACCORD_ASSIGN_OR_RETURN(const JpegFrame frame, ReadJpegFrame(elements.first_fragment));
  const bool is_ls = elements.syntax >= DicomSyntax::kJpegLs;
  const bool is_lossless =
      elements.syntax == DicomSyntax::kJpegLossless || elements.syntax == DicomSyntax::kJpegLosslessFirstOrder;
  const bool fits = is_ls         ? frame.process == 0xf7
                    : is_lossless ? frame.process == 0xc3
                                  : frame.process == 0xc0 || frame.process == 0xc1;
  if (!fits || frame.width != header.width || frame.height != header.height || frame.channels != header.channels ||
      frame.bits > header.bits_allocated || frame.bits < header.bits_stored) {
    return DamagedDicom();
  }
  return absl::OkStatus();
}

struct DicomFile {
  DicomElements elements;
  std::unique_ptr<DcmDataset> dataset;
  DicomHeader header;
};

absl::StatusOr<DicomFile> OpenDicom(absl::string_view file) {
  DicomFile opened;
  ACCORD_ASSIGN_OR_RETURN(opened.elements, ReadDicomElements(file));
  if (!opened.elements.has_pixels) return RefusedDicom("has no pixels that are read (DICOM)");
  if (opened.elements.has_modality_table) {
    return RefusedDicom("has a modality look-up table (DICOM), which is not applied; convert it");
  }
  ACCORD_ASSIGN_OR_RETURN(opened.dataset, ReadDataset(opened.elements));
  opened.elements.bytes = {};  // DCMTK has its own copy
  ACCORD_ASSIGN_OR_RETURN(opened.header, ReadDicomHeader(*opened.dataset));
  if (IsEncapsulated(opened.elements.syntax)) ACCORD_RETURN_IF_ERROR(CheckFrame(opened.elements, opened.header));
  return opened;
}

// Pixels as they are stored, without compression; the header then says how.
absl::Status Unpack(DicomFile& file) {
  if (!IsEncapsulated(file.elements.syntax)) {
    // Half of the colour of each second pixel is not there; JPEG makes it up, and nothing else says how.
    if (file.header.colours == DicomColours::kYbrFull422) {
      return RefusedDicom("has colours of half the pixels alone (DICOM: YBR_FULL_422); convert it");
    }
    return absl::OkStatus();
  }
  if (file.dataset->chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) return DamagedDicom();
  const DicomHeader before = file.header;
  ACCORD_ASSIGN_OR_RETURN(file.header, ReadDicomHeader(*file.dataset));
  if (file.header.width != before.width || file.header.height != before.height ||
      file.header.channels != before.channels || file.header.colours == DicomColours::kYbrFull422) {
    return DamagedDicom();
  }
  return absl::OkStatus();
}

// value(i) of the i-th sample, of 8 or 16 bits.
template <typename Take>
absl::Status ForEachCell(DicomFile& file, Take take) {
  const size_t count = size_t{file.header.width} * file.header.height * file.header.channels;
  DcmElement* pixels = nullptr;
  if (file.dataset->findAndGetElement(DCM_PixelData, pixels).bad() || pixels == nullptr) return DamagedDicom();
  const size_t bytes = count * (file.header.bits_allocated / 8);
  // Padded to an even length, and no more.
  if (pixels->getLength() != bytes + bytes % 2) return DamagedDicom();
  if (file.header.bits_allocated == 8) {
    Uint8* cells = nullptr;
    if (pixels->getUint8Array(cells).bad() || cells == nullptr) return DamagedDicom();
    for (size_t i = 0; i < count; ++i) take(i, cells[i]);
  } else {
    Uint16* cells = nullptr;
    if (pixels->getUint16Array(cells).bad() || cells == nullptr) return DamagedDicom();
    for (size_t i = 0; i < count; ++i) take(i, cells[i]);
  }
  return absl::OkStatus();
}

// From YCbCr of full range (PS3.3, C.7.6.3.1.2) to red, green and blue, in place; rounded to the nearest.
void ToRgb(std::vector<uint8_t>& samples) {
  const auto byte = [](double value) { return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5); };
  for (size_t i = 0; i + 2 < samples.size(); i += 3) {
    const double luminance = samples[i], blue = samples[i + 1] - 128.0, red = samples[i + 2] - 128.0;
    samples[i] = byte(luminance + 1.402 * red);
    samples[i + 1] = byte(luminance - 0.344136 * blue - 0.714136 * red);
    samples[i + 2] = byte(luminance + 1.772 * blue);
  }
}

absl::StatusOr<DecodedImage> DecodeGrey(DicomFile& file, const v1::DicomSource& source) {
  DecodedImage image;
  ACCORD_RETURN_IF_ERROR(Unpack(file));
  ACCORD_ASSIGN_OR_RETURN(const GreyLevels levels, GreyLevels::Create(source, file.header));
  image.numbers.resize(size_t{file.header.width} * file.header.height);
  ACCORD_RETURN_IF_ERROR(ForEachCell(file, [&](size_t i, uint16_t cell) { image.numbers[i] = levels.Of(cell); }));
  return image;
}

absl::StatusOr<DecodedImage> DecodeColours(DicomFile& file) {
  DecodedImage image;
  ACCORD_RETURN_IF_ERROR(Unpack(file));
  Raster& raster = image.raster;
  raster.width = file.header.width;
  raster.height = file.header.height;
  raster.channels = file.header.channels;
  const size_t pixels = size_t{raster.width} * raster.height;
  raster.samples.resize(pixels * raster.channels);
  ACCORD_RETURN_IF_ERROR(ForEachCell(file, [&](size_t i, uint16_t cell) {
    const size_t at = file.header.by_plane ? i % pixels * raster.channels + i / pixels : i;
    raster.samples[at] = static_cast<uint8_t>(cell);
  }));
  if (file.header.colours == DicomColours::kYbrFull) ToRgb(raster.samples);
  return image;
}

// DCMTK says what is wrong by its conditions; an exception out of it is one of the standard library's.
template <typename Work>
auto WithoutExceptions(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception&) {
    return RefusedDicom("cannot be unpacked (DICOM): damaged, or too large for the trainer's memory");
  }
}

}  // namespace

absl::Status CheckDicom(absl::string_view file) {
  return WithoutExceptions([&]() -> absl::Status { return OpenDicom(file).status(); });
}

absl::StatusOr<std::string> DicomPatientId(absl::string_view file) {
  return WithoutExceptions([&]() -> absl::StatusOr<std::string> {
    ACCORD_ASSIGN_OR_RETURN(const DicomElements elements, ReadDicomElements(file));
    ACCORD_ASSIGN_OR_RETURN(const std::unique_ptr<DcmDataset> dataset, ReadDataset(elements));
    return ReadPatientId(*dataset);
  });
}

absl::StatusOr<DecodedImage> DecodeDicom(absl::string_view file, const v1::DicomSource& source,
                                         const v1::Image& image) {
  return WithoutExceptions([&]() -> absl::StatusOr<DecodedImage> {
    ACCORD_ASSIGN_OR_RETURN(DicomFile opened, OpenDicom(file));
    ACCORD_RETURN_IF_ERROR(CheckSize(opened.header.width, opened.header.height, image.width(), image.height()));
    Raster shape;
    shape.channels = opened.header.channels;
    ACCORD_RETURN_IF_ERROR(FitChannels(image.channels(), shape));
    return opened.header.channels == 1 ? DecodeGrey(opened, source) : DecodeColours(opened);
  });
}

}  // namespace accord
