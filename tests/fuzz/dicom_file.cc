// A site's DICOM files. The first byte of the input says how grey values are taken: 'f' by the file's window, 'g' by a
// given one, 's' all that the stored bits can hold.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/trainer/data/dicom/dicom_image.h"
#include "tests/client/trainer/dicom_files.h"
#include "tests/fuzz/support/frames.h"
#include "tests/fuzz/support/fuzz_target.h"

namespace accord::fuzz::dicom_file {
namespace {

constexpr uint32_t kWidth = 4;
constexpr uint32_t kHeight = 2;

// Grey, then in colour, as two jobs would want it.
bool TakeImage(absl::string_view bytes, v1::DicomSource::Window window) {
  v1::DicomSource source;
  source.set_window(window);
  source.set_window_center(2000);
  source.set_window_width(4000);
  bool taken = false;
  for (const uint32_t channels : {1u, 3u}) {
    v1::Image image;
    image.set_width(kWidth);
    image.set_height(kHeight);
    image.set_channels(channels);
    const auto decoded = DecodeDicom(bytes, source, image);
    if (!decoded.ok()) continue;
    taken = true;
    const auto is_share = [](float number) { return number >= 0 && number <= 1; };
    if (channels == 1) {
      Require(decoded->numbers.size() == size_t{kWidth} * kHeight, "a grey image has a number for each pixel");
      Require(std::all_of(decoded->numbers.begin(), decoded->numbers.end(), is_share), "every pixel is from 0 to 1");
    } else {
      Require(decoded->raster.width == kWidth && decoded->raster.height == kHeight,
              "an image has the size that was asked for");
      Require(decoded->raster.samples.size() ==
                  size_t{kWidth} * kHeight * decoded->raster.channels * decoded->raster.bits / 8,
              "an image has all its samples");
    }
  }
  return taken;
}

}  // namespace

std::vector<std::string> Seeds() {
  const std::string eight(8, '\x40');
  const std::string sixteen(16, '\x02');
  std::vector<std::string> seeds = {
      "s" + MakeDicom({.width = kWidth, .height = kHeight, .pixels = eight}),
      "s" + MakeDicom({.width = kWidth, .height = kHeight, .is_signed = 1, .pixels = eight, .patient = "4711"}),
      "f" + MakeDicom({.width = kWidth,
                       .height = kHeight,
                       .bits_allocated = 16,
                       .bits_stored = 12,
                       .pixels = sixteen,
                       .window = DicomWindowOf("100", "300")}),
      "g" + MakeDicom({.width = kWidth, .height = kHeight, .bits_allocated = 16, .bits_stored = 12, .pixels = sixteen}),
      "s" + MakeDicom({.width = kWidth, .height = kHeight, .colours = "RGB", .pixels = std::string(24, '\x30')}),
  };
  for (const Compressed& compressed : CompressedTwelveBits()) {
    seeds.push_back("s" + MakeDicom({.syntax = compressed.syntax,
                                     .width = kWidth,
                                     .height = kHeight,
                                     .bits_allocated = 16,
                                     .bits_stored = 12,
                                     .fragment = compressed.fragment}));
  }
  const DicomSpec deflated = {.syntax = "1.2.840.10008.1.2.1.99", .width = kWidth, .height = kHeight, .pixels = eight};
  seeds.push_back("s" + DicomMeta(deflated) + Deflate(DicomDataset(deflated)));
  return seeds;
}

bool Take(absl::string_view bytes) {
  const char window = TakeSelector(bytes);
  (void)CheckDicom(bytes).ok();
  (void)DicomPatientId(bytes).ok();
  switch (window) {
    case 'f':
      return TakeImage(bytes, v1::DicomSource::FROM_FILE);
    case 'g':
      return TakeImage(bytes, v1::DicomSource::GIVEN);
    case 's':
      return TakeImage(bytes, v1::DicomSource::STORED_BITS);
    default:
      return false;
  }
}

const FuzzTarget kTarget("dicom_file", &Seeds, &Take);

}  // namespace accord::fuzz::dicom_file
